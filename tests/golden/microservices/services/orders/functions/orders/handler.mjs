/** The routes of orders: which function answers them, and with which status. */

import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

import { etagOf, refusal, reply } from "./answers.mjs";
import { ApiError, NotFound } from "./errors.mjs";
import { Request } from "./request.mjs";
import * as service from "./service.mjs";

/** @typedef {import("./answers.mjs").Reply} Reply */
/** @typedef {Parameters<typeof logger.addContext>[0] & {functionName: string, invokedFunctionArn: string}} Context */

// Their names and the log level come from POWERTOOLS_* and the function's logging configuration.
const logger = new Logger();
const metrics = new Metrics();

const OUTCOMES = new Map([[2, "Answered"], [4, "Refused"], [5, "Failed"]]);

/**
 * By method and path: API Gateway has matched the route already.
 *
 * @type {Map<string, (request: Request) => Promise<Reply>>}
 */
const ROUTES = new Map([
  ["GET /orders", async (request) => {
    return reply(200, await service.listOrders(request));
  }],
  ["POST /orders", async (request) => {
    const item = await service.createOrder(request);
    return reply(201, item, { Location: request.location(item["id"]), ...etagOf(item) });
  }],
  ["GET /orders/{id}", async (request) => {
    const item = await service.readOrder(request);
    return reply(200, item, etagOf(item));
  }],
]);

/**
 * What Lambda calls.
 *
 * @param {Record<string, any>} event
 * @param {Context} context
 * @returns {Promise<Reply>}
 */
export async function handler(event, context) {
  const request = new Request(event);
  logger.resetKeys();
  logger.addContext(context);
  logger.setCorrelationId(request.correlationId);
  logger.appendKeys({ request_id: request.id, route: request.route });
  metrics.captureColdStartMetric(context.functionName);
  const answer = await answered(request);
  const outcome = OUTCOMES.get(Math.floor(answer.statusCode / 100)) ?? "Answered";
  metrics.addMetric(outcome, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return answer;
}

/** @param {Request} request */
async function answered(request) {
  try {
    const route = ROUTES.get(request.route);
    if (!route) throw new NotFound("There is no such route");
    return await route(request);
  } catch (error) {
    return failed(error, request);
  }
}

/**
 * An error of errors.mjs is answered as it says, anything unforeseen without any detail.
 *
 * @param {unknown} error
 * @param {Request} request
 */
function failed(error, request) {
  const known = error instanceof ApiError ? error : new ApiError();
  if (known.status < 500) {
    logger.info("refused", { status: known.status, reason: known.message });
  } else {
    logger.error(known === error ? "failed" : "unforeseen error", { status: known.status, error });
  }
  return refusal(known, request.id);
}
