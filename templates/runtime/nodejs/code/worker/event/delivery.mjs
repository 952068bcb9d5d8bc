/** One event: what fails is called again by Lambda, and kept among the dead letters in the end. */

/**
 * Work on the event; a fault is thrown, which is how Lambda learns of it.
 *
 * @param {Record<string, any>} event
 * @param {(event: Record<string, any>) => Promise<void>} work
 */
export async function deliver(event, work) {
  await work(event);
}
