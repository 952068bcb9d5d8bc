/** One collection without a server: what the repository asks of it, and no more. Documents are kept as BSON. */

import { BSON, MongoServerError } from "mongodb";

const TAKEN = 11000;

export class Collection {
  /** @type {Map<string, Uint8Array>} */
  kept = new Map();

  /** In the place of a client with this one collection. @returns {any} */
  client() {
    return { db: () => ({ collection: () => this }), close: async () => {} };
  }

  /** @param { {_id: { $gt: string, $lt?: string }} } query */
  find({ _id: { $gt, $lt } }) {
    const keys = [...this.kept.keys()].filter((key) => key > $gt && ($lt === undefined || key < $lt)).sort();
    const limit = (/** @type {number} */ most) => ({ toArray: async () => keys.slice(0, most).map(this.#read) });
    return { sort: () => ({ limit }) };
  }

  /** @param { {_id: string, etag?: string} } query */
  async findOne({ _id, etag }) {
    const found = this.#read(_id);
    return found && (etag === undefined || found.etag === etag) ? found : null;
  }

  /** @param {any} document */
  async insertOne(document) {
    if (this.kept.has(document._id)) throw new MongoServerError({ message: "duplicate key", code: TAKEN });
    this.kept.set(document._id, BSON.serialize(document));
  }

  /** @param { {_id: string, etag?: string} } query @param {any} document */
  async replaceOne(query, document) {
    const matchedCount = (await this.findOne(query)) ? 1 : 0;
    if (matchedCount) this.kept.set(query._id, BSON.serialize(document));
    return { matchedCount };
  }

  /** @param { {_id: string, etag?: string} } query */
  async deleteOne(query) {
    return { deletedCount: (await this.findOne(query)) && this.kept.delete(query._id) ? 1 : 0 };
  }

  #read = (/** @type {string} */ key) => {
    const found = this.kept.get(key);
    return found && BSON.deserialize(found);
  };
}
