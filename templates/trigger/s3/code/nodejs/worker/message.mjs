/** What happened to an object in a bucket, as EventBridge tells it. */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {Record<string, any>} fields what is known of the object
 * @property {string} bucket
 * @property {string} key
 * @property {string} change Object Created or Object Deleted
 */

/** The name of this event: the same however often it is delivered. @param {Record<string, any>} event @returns {string} */
export function identifier(event) {
  return event.id;
}

/**
 * The message. Keys come as they are, not encoded as in a bucket's own notifications.
 *
 * @param {Record<string, any>} event
 * @returns {Message}
 */
export function parse(event) {
  const bucket = event.detail.bucket.name;
  const about = event.detail.object;
  return { id: identifier(event), fields: { bucket, ...about }, bucket, key: about.key, change: event["detail-type"] };
}
