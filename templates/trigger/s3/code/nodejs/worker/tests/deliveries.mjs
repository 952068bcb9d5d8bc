/** Makes events as EventBridge delivers them for objects in a bucket. */

/**
 * An object was created; `content` is said of it beside what S3 says.
 *
 * @param {Record<string, any>} content
 * @returns {Record<string, any>}
 */
export function eventOf(content) {
  const about = { key: "in/Happy Face.jpg", size: 1024, etag: "d41d8cd98f00b204e9800998ecf8427e" };
  return {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    source: "aws.s3",
    account: "123456789012",
    time: "2026-11-24T00:00:00Z",
    region: "us-east-1",
    resources: ["arn:aws:s3:::testing"],
    detail: {
      version: "0",
      bucket: { name: "testing" },
      object: { ...about, sequencer: "617f08299329d189", ...content },
      "request-id": "N4N7GDK58NMKJ12R",
      requester: "123456789012",
      "source-ip-address": "192.0.2.1",
      reason: "PutObject",
    },
  };
}

/** @param {Record<string, any>} event */
export function recordsOf(event) {
  return [event];
}
