/** A real database for the tests, where one can be reached: the Data API has none on this machine. */

/** @param {string} _url @param {string[]} _migrations @returns {Promise<never>} */
export async function emptyDatabase(_url, _migrations) {
  throw new Error("The Data API is no database that TEST_DATABASE_URL could name: leave it unset");
}
