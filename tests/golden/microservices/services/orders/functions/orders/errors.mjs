/** What can keep a request from being answered as asked, each with the status that HTTP has for it. */

/**
 * Base of all below. The message is for the client: never put anything internal into it.
 *
 * Thrown as it is, it stands for a fault of ours (500).
 */
export class ApiError extends Error {
  status = 500;
  code = "";
  /** @type {Record<string, string>} */
  headers = {};

  /**
   * @param {string} [message]
   * @param {ErrorOptions} [options] `cause` is what was caught: it is for the log alone
   */
  constructor(message = "The request could not be completed", options) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class InvalidRequest extends ApiError {
  status = 400;
  code = "invalid_request";
}

export class NotSignedIn extends ApiError {
  status = 401;
  code = "not_signed_in";
}

export class Forbidden extends ApiError {
  status = 403;
  code = "forbidden";
}

export class NotFound extends ApiError {
  status = 404;
  code = "not_found";
}

export class Conflict extends ApiError {
  status = 409;
  code = "conflict";
}

/** An item with the id of a new one is there already: `item`. */
export class Exists extends Conflict {
  /** @param {Record<string, any>} item */
  constructor(item) {
    super("An item with this id exists already");
    this.item = item;
  }
}

/** The item is not any more, or never was, what the caller took it for (`If-Match`). */
export class Changed extends ApiError {
  status = 412;
  code = "changed";

  /** @param {string} [message] */
  constructor(message = "The item has been changed since it was read") {
    super(message);
  }
}

export class UnsupportedMediaType extends ApiError {
  status = 415;
  code = "unsupported_media_type";
}

/** A route that nobody has written yet. */
export class NotBuilt extends ApiError {
  status = 501;
  code = "not_built";
}

/** The data store throttles us or can't be reached: the same request may work in a moment. */
export class Unavailable extends ApiError {
  status = 503;
  code = "unavailable";
  /** @type {Record<string, string>} */
  headers = { "Retry-After": "1" };

  /** @param {{message?: string, cause?: unknown}} [options] */
  constructor({ message = "The data store is busy or can't be reached", cause } = {}) {
    super(message, { cause });
  }
}

/**
 * Whether a call over the network ended without an answer: nobody there, cut off, or too late.
 *
 * @param {unknown} error
 */
export function unanswered(error) {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return error.name === "TimeoutError" || /^E(?!RR_)[A-Z]/.test(code);
}
