/** Makes events as EventBridge delivers those that services publish. */

/** An event about the item `content`. @param {Record<string, any>} content @returns {Record<string, any>} */
export function eventOf(content) {
  return {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "something-happened",
    source: "testing.service",
    account: "123456789012",
    time: "2026-11-24T00:00:00Z",
    region: "us-east-1",
    resources: [],
    detail: { id: "one", at: "2026-11-24T00:00:00.000Z", version: 1, item: content },
  };
}

/** @param {Record<string, any>} event */
export function recordsOf(event) {
  return [event];
}
