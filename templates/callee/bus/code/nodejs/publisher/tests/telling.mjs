/** The bus of the tests: it takes every event, and keeps it for them. */

import { EventBridgeClient } from "@aws-sdk/client-eventbridge";

Object.assign(process.env, { EVENT_BUS_NAME: "testing", EVENT_BUS_SOURCE: "testing.service" });

/** What was sent, and what is answered. @type { {entries: any[], reply: any} } */
export const bus = { entries: [], reply: { FailedEntryCount: 0 } };

/** The name of every event, and what it says. */
export function told() {
  return bus.entries.map(({ DetailType, Detail }) => [DetailType, JSON.parse(Detail)]);
}

EventBridgeClient.prototype.send = async (/** @type {any} */ { input }) => {
  bus.entries.push(...input.Entries);
  return bus.reply;
};
