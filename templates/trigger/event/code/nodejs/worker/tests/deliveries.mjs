/** Makes events as EventBridge delivers them. */

/** An event whose detail is `content`. @param {Record<string, any>} content @returns {Record<string, any>} */
export function eventOf(content) {
  return {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "SomethingHappened",
    source: "testing",
    account: "123456789012",
    time: "2026-11-24T00:00:00Z",
    region: "us-east-1",
    resources: [],
    detail: content,
  };
}

/** @param {Record<string, any>} event */
export function recordsOf(event) {
  return [event];
}
