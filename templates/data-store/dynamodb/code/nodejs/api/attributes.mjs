/**
 * Items in DynamoDB's notation, `{"note": {"S": "..."}}`, and back.
 *
 * A number that another program wrote with more digits than a double has is rounded when it is read.
 */

/** @typedef {import("@aws-sdk/client-dynamodb").AttributeValue} Attribute */
/** @typedef {Record<string, Attribute>} Attributes */
/** A field: its type, the most bytes, and whether each item has it. @typedef {[name: string, type: "S" | "N", most: number, needed: boolean]} Indexed */

/** @param {Record<string, any>} item @returns {Attributes} */
export function attributesOf(item) {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeOf(value)]));
}

/** @param {Attributes} attributes @returns {Record<string, any>} */
export function valuesOf(attributes) {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, valueOf(value)]));
}

/** Why no index can have one of these fields of an item: DynamoDB would refuse the item for it. "" if all fit. @param {Attributes} item @param {Indexed[]} fields */
export function misfit(item, fields) {
  for (const [name, type, most, needed] of fields) {
    const bytes = Buffer.byteLength(/** @type {any} */ (item)[name]?.[type] ?? "");
    if ((needed || name in item) && (bytes === 0 || bytes > most)) {
      return `${name} has to be ${type === "N" ? "a number" : `text of 1 to ${most} bytes`}`;
    }
  }
  return "";
}

/** @param {any} value @returns {Attribute} */
function attributeOf(value) {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      return { N: String(value) };
    case "boolean":
      return { BOOL: value };
    default:
      if (value === null) return { NULL: true };
      return Array.isArray(value) ? { L: value.map(attributeOf) } : { M: attributesOf(value) };
  }
}

/** @param {Attribute} attribute @returns {any} */
function valueOf(attribute) {
  const [[type, value]] = Object.entries(attribute);
  switch (type) {
    case "N":
      return Number(value);
    case "NULL":
      return null;
    case "L":
      return value.map(valueOf);
    case "M":
      return valuesOf(value);
    case "NS":
      return new Set(value.map(Number));
    case "SS":
    case "BS":
      return new Set(value);
    default:
      return value;
  }
}
