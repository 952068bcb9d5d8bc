/** Makes the events that Lambda makes of records in a stream. */

/**
 * A batch with a record for each of `contents`; one that is text is its data as it stands.
 *
 * @param {unknown[]} contents
 */
export function eventOf(...contents) {
  return { Records: contents.map(recordOf) };
}

/** @param { {Records?: Record<string, any>[]} } event @returns {Record<string, any>[]} */
export function recordsOf({ Records = [] }) {
  return Records;
}

/** @param {unknown} said @param {number} number */
function recordOf(said, number) {
  const text = typeof said === "string" ? said : JSON.stringify(said);
  const sequenceNumber = `4956816737333333333333333333333333333333333333${String(number).padStart(10, "0")}`;
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: "one",
      sequenceNumber,
      data: Buffer.from(text).toString("base64"),
      approximateArrivalTimestamp: 1480641523.477,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: "arn:aws:iam::123456789012:role/testing",
    awsRegion: "us-east-1",
    eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/testing",
  };
}
