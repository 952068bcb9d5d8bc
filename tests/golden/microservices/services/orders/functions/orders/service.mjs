/**
 * What the routes of orders do: the rules of the business belong here.
 *
 * Nothing in this file knows AWS: requests come in checked, and what a function returns is the body of
 * the answer. What can't be answered is thrown, as one of the errors in errors.mjs.
 */

import * as errors from "./errors.mjs";
import * as paging from "./paging.mjs";
import * as items from "./items.mjs";
import { ID } from "./items.mjs";
import * as repository from "./repository.mjs";

/** @typedef {import("./request.mjs").Request} Request */

/**
 * Whose items a request is about: part of every key, and never what a body says.
 *
 * @param {Request} _
 */
export function scopeOf(_) {
  return {};
}

/** GET /orders @param {Request} request @returns {Promise<any>} */
export async function listOrders(request) {
  const scope = scopeOf(request);
  return paging.page(await repository.listPage(scope, ...paging.bounds(request)));
}

/** POST /orders @param {Request} request @returns {Promise<any>} */
export async function createOrder(request) {
  const scope = scopeOf(request);
  const fields = items.checked(request.fields());
  try {
    return await repository.create(scope, items.idFor(scope, request.idempotencyKey()), fields);
  } catch (error) {
    if (error instanceof errors.Exists) return items.unchanged(error.item, fields);
    throw error;
  }
}

/** GET /orders/{id} @param {Request} request @returns {Promise<any>} */
export async function readOrder(request) {
  return repository.read(scopeOf(request), request.path(ID));
}
