/** A batch of records, one by one: Lambda is told which of them failed, and delivers only those again. */

import { identifier, inOrder } from "./message.mjs";

/** @typedef {Record<string, any>} LambdaRecord */

/**
 * Work on every record of a batch; where order counts, those behind a failure have to wait for it.
 *
 * @param {Record<string, any>} batch
 * @param {(record: LambdaRecord) => Promise<void>} work
 */
export async function deliver(batch, work) {
  /** @type {LambdaRecord[]} */
  const records = batch.Records;
  const failed = [];
  for (const [number, record] of records.entries()) {
    try {
      await work(record);
    } catch {
      // `work` has logged it
      if (inOrder(record)) {
        failed.push(...records.slice(number));
        break;
      }
      failed.push(record);
    }
  }
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: identifier(record) })) };
}
