/** A change of an item in a DynamoDB table, as Lambda hands it over. */

/** @typedef {Record<string, any>} Item */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {Item} fields the item as it is now, {} once it is removed
 * @property {Item} before the item as it was, {} when it is new
 * @property {Item} key
 * @property {"INSERT" | "MODIFY" | "REMOVE"} change
 */

/** The name by which Lambda wants a change back. @param {Record<string, any>} record @returns {string} */
export function identifier(record) {
  return record.dynamodb.SequenceNumber;
}

/** Whether what follows has to wait until this is done: in a stream always. @param {Record<string, any>} _ */
export function inOrder(_) {
  return true;
}

/** The message. @param {Record<string, any>} record @returns {Message} */
export function parse({ eventID, eventName, dynamodb: { NewImage = {}, OldImage = {}, Keys = {} } }) {
  return { id: eventID, fields: itemOf(NewImage), before: itemOf(OldImage), key: itemOf(Keys), change: eventName };
}

/** @param {Record<string, any>} attributes @returns {Item} */
function itemOf(attributes) {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, valueOf(attribute)]));
}

/**
 * What an attribute says in DynamoDB's notation, `{"N": "1"}`; in events, binary data are base64.
 *
 * A number with more digits than a double has is rounded.
 *
 * @param {Record<string, any>} attribute
 * @returns {any}
 */
function valueOf(attribute) {
  const [[type, said]] = Object.entries(attribute);
  switch (type) {
    case "N":
      return Number(said);
    case "B":
      return Buffer.from(said, "base64");
    case "NULL":
      return null;
    case "L":
      return said.map(valueOf);
    case "M":
      return itemOf(said);
    case "SS":
    case "NS":
    case "BS":
      return new Set(said.map((/** @type {string} */ member) => valueOf({ [type[0]]: member })));
    default:
      return said;
  }
}
