/** Makes the events that the schedule sends, as template.yaml writes them. */

/** The event of one run. @param {unknown[]} _ @returns {Record<string, any>} */
export function eventOf(..._) {
  return { id: "d32c5kddcf5bb8c3", time: "2026-11-24T03:00:00Z" };
}

/** @param {Record<string, any>} event */
export function recordsOf(event) {
  return [event];
}
