/** A time that has come, as the schedule tells it. */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {Record<string, any>} fields the time, as text
 * @property {Date} time when it was due, whenever it is delivered
 */

/** The name of this run: the same however often it is delivered. @param {Record<string, any>} event @returns {string} */
export function identifier(event) {
  return event.id;
}

/** The message. @param {Record<string, any>} event @returns {Message} */
export function parse(event) {
  return { id: identifier(event), fields: { time: event.time }, time: new Date(event.time) };
}
