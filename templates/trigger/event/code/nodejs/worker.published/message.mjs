/** An event that a service has published. */

import { fieldsOf } from "./content.mjs";

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {Record<string, any>} fields the item that the event is about
 * @property {string} source the service
 * @property {string} kind the name of the event
 * @property {string} at when it was told, in ISO 8601: events may come out of order
 * @property {number} version how it is to be read
 */

/**
 * The publisher's name of this event: EventBridge's own is another one each time that it is told.
 *
 * @param {Record<string, any>} event
 * @returns {string}
 */
export function identifier(event) {
  return event.detail.id;
}

/**
 * The message. Its numbers are as Lambda's runtime has read them: one with more digits than a double has is rounded.
 *
 * @param {Record<string, any>} event
 * @returns {Message}
 */
export function parse(event) {
  const { item, at, version } = event.detail;
  const fields = fieldsOf(JSON.stringify(item));
  return { id: identifier(event), fields, source: event.source, kind: event["detail-type"], at, version };
}
