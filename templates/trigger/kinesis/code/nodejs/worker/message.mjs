/** A record of a Kinesis stream, as Lambda hands it over. */

import { fieldsOf } from "./content.mjs";

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {Record<string, any>} fields the JSON object of its data
 * @property {string} partitionKey records of one key come in their order
 */

/** The name by which Lambda wants a record back. @param {Record<string, any>} record @returns {string} */
export function identifier(record) {
  return record.kinesis.sequenceNumber;
}

/** Whether what follows has to wait until this is done: in a stream always. @param {Record<string, any>} _ */
export function inOrder(_) {
  return true;
}

/**
 * The message.
 *
 * @param {Record<string, any>} record
 * @returns {Message}
 * @throws {import("./errors.mjs").InvalidRequest} where its data can't be read
 */
export function parse({ eventID, kinesis: { data, partitionKey } }) {
  return { id: eventID, fields: fieldsOf(Buffer.from(data, "base64").toString()), partitionKey };
}
