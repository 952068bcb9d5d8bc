/** Why somebody is not let in. */

/** The request has no token that is good. The message is for our log: it says why, never what the token was. */
export class Refused extends Error {}

/** What API Gateway answers with 401: it knows the word, and takes every other error for a fault of ours (500). */
export class Unauthorized extends Error {
  constructor() {
    super("Unauthorized");
  }
}
