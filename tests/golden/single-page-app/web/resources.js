/** What the page shows: made from the application's blueprint. */

/**
 * @typedef {object} Resource
 * @property {string} name
 * @property {string} path The path of its collection, with {parameters}.
 * @property {string} id The attribute that identifies an item.
 * @property {boolean} listed Whether the API lists its items.
 * @property {readonly string[]} parameters Of the path: whose items they are.
 * @property {readonly string[]} listBy Parameters of the query without which there is no list.
 * @property {boolean} signIn Whether the API asks who calls.
 */

/** @type {readonly Resource[]} */
export const resources = [
  {
    name: "tickets",
    path: "/tickets",
    id: "id",
    listed: true,
    parameters: [],
    listBy: [],
    signIn: true,
  },
  {
    name: "shows",
    path: "/shows",
    id: "id",
    listed: true,
    parameters: [],
    listBy: [],
    signIn: true,
  },
  {
    name: "info",
    path: "/info",
    id: "id",
    listed: true,
    parameters: [],
    listBy: [],
    signIn: true,
  },
];
