/** Makes the events that Lambda makes of changes in a table. */

/**
 * A batch in which an item with each of `contents` was put into the table.
 *
 * @param {Record<string, any>[]} contents
 */
export function eventOf(...contents) {
  return { Records: contents.map(recordOf) };
}

/** @param { {Records?: Record<string, any>[]} } event @returns {Record<string, any>[]} */
export function recordsOf({ Records = [] }) {
  return Records;
}

/** @param {Record<string, any>} said @param {number} number */
function recordOf(said, number) {
  const Keys = { id: { S: `item-${number}` } };
  return {
    eventID: String(number).padStart(32, "0"),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: "us-east-1",
    dynamodb: {
      ApproximateCreationDateTime: 1480642020,
      Keys,
      NewImage: { ...Keys, ...attributeOf(said).M },
      SequenceNumber: String(1405400000000002063282832n + BigInt(number)),
      SizeBytes: 54,
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: "arn:aws:dynamodb:us-east-1:123456789012:table/testing/stream/2026-01-01T00:00:00.000",
  };
}

/** A value in DynamoDB's notation, as far as the tests have any. @param {any} value @returns {Record<string, any>} */
function attributeOf(value) {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  return { M: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, attributeOf(member)])) };
}
