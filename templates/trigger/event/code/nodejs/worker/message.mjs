/** An event of an EventBridge bus. */

import { fieldsOf } from "./content.mjs";

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {Record<string, any>} fields the event's detail
 * @property {string} source where something happened
 * @property {string} kind what happened: the event's detail-type
 */

/** The name of this event: the same however often it is delivered. @param {Record<string, any>} event @returns {string} */
export function identifier(event) {
  return event.id;
}

/**
 * The message. Its numbers are as Lambda's runtime has read them: one with more digits than a double has is rounded.
 *
 * @param {Record<string, any>} event
 * @returns {Message}
 */
export function parse(event) {
  const fields = fieldsOf(JSON.stringify(event.detail));
  return { id: identifier(event), fields, source: event.source, kind: event["detail-type"] };
}
