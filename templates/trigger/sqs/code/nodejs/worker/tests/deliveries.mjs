/** Makes the events that Lambda makes of messages in a queue. */

export const QUEUE = "arn:aws:sqs:us-east-1:123456789012:messages";

/**
 * A batch with a message for each of `contents`; one that is text is its body as it stands.
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
  return {
    messageId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    receiptHandle: "a handle",
    body: typeof said === "string" ? said : JSON.stringify(said),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1520621625029",
      SenderId: "a sender",
      ApproximateFirstReceiveTimestamp: "1520621634884",
    },
    messageAttributes: {},
    md5OfBody: "a checksum",
    eventSource: "aws:sqs",
    eventSourceARN: QUEUE,
    awsRegion: "us-east-1",
  };
}
