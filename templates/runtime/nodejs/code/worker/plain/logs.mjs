/** Logs: one JSON object a line, each with the message that it is about. Never what a message says. */

/** @typedef {Record<string, unknown>} Fields */

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
// Lambda sets the variable from the function's logging configuration.
const LEAST = Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? "INFO"), 0);

/** @type {Fields} */
const about = {};

/** Say on every line from now on which call, and which message, it is about. @param {Record<string, string>} names */
export function nameLines(names) {
  Object.assign(about, names);
}

export const logger = {
  /** @param {string} message @param {Fields} [fields] */
  info: (message, fields) => write("INFO", message, fields),
  /** @param {string} message @param {Fields} [fields] */
  warn: (message, fields) => write("WARN", message, fields),
  /** @param {string} message @param {unknown} error @param {Fields} [fields] */
  error: (message, error, fields) => write("ERROR", message, { ...fields, exception: told(error) }),
};

/**
 * @param {string} level
 * @param {string} message
 * @param {Fields} [fields]
 */
function write(level, message, fields) {
  if (LEVELS.indexOf(level) < LEAST) return;
  const line = { level, timestamp: new Date().toISOString(), message, ...about, ...fields };
  // Past Lambda's own console, which would put each line into a JSON object of its own.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * An error with its stack, and those that caused it.
 *
 * @param {unknown} error
 * @returns {string}
 */
function told(error) {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${error.cause ? `\ncaused by ${told(error.cause)}` : ""}`;
}
