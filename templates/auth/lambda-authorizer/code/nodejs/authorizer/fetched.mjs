/** What an issuer answers over HTTPS: JSON, and not without end. */

const MAX_BYTES = 256 * 1024;

/** An answer that is none: its `status` is not one of success. */
export class Unanswered extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the issuer answered ${status}`);
    this.status = status;
  }
}

/**
 * The JSON that an address answers with. One that sends us elsewhere is not the one that the blueprint names.
 *
 * @param {string} address
 * @param {RequestInit} options
 * @returns {Promise<any>}
 * @throws {Unanswered} whatever fetch throws, and SyntaxError
 */
export async function fetched(address, options) {
  const answer = await fetch(address, { redirect: "error", ...options });
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > MAX_BYTES) throw new Error("the answer is too long");
  }
  if (!answer.ok) throw new Unanswered(answer.status);
  return JSON.parse(text);
}
