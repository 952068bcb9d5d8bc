/** A message of an SQS queue, as Lambda hands it over. */

import { fieldsOf } from "./content.mjs";

/**
 * What the sender says in attributes stands above the body: an API puts its caller there, whom no body can forge.
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {Record<string, any>} fields the JSON object of its body
 * @property {number} attempt how often it was delivered, this time included
 */

/** The name by which Lambda wants a message back. @param {Record<string, any>} record @returns {string} */
export function identifier(record) {
  return record.messageId;
}

/** Whether what follows has to wait until this is done: in a FIFO queue alone. @param {Record<string, any>} record */
export function inOrder(record) {
  return String(record.eventSourceARN).endsWith(".fifo");
}

/**
 * The message.
 *
 * @param {Record<string, any>} record
 * @returns {Message}
 * @throws {import("./errors.mjs").InvalidRequest} where its body can't be read
 */
export function parse(record) {
  const said = Object.entries(record.messageAttributes).filter(([, { dataType }]) => dataType === "String");
  const attributes = Object.fromEntries(said.map(([name, { stringValue }]) => [name, stringValue]));
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  return { id: identifier(record), fields: { ...fieldsOf(record.body), ...attributes }, attempt };
}
