/**
 * A cluster of DAX as far as one can be seen without it (engine not real): its client encodes what it is given, the
 * table answers, and a failed condition does not tell by which item. It fails as `DAX_FAULT` says, and notes what it is asked
 * on standard output.
 */

import { createRequire } from "node:module";

const require = createRequire(process.argv[2]);
const { Dax } = require("@amazon-dax-sdk/client-dax");
const { DynamoDB } = require("@aws-sdk/client-dynamodb");
const internal = (name) => require(`@amazon-dax-sdk/client-dax/src/${name}.js`);
const table = new DynamoDB({});

internal("Cluster").prototype.startup = () => {};
for (const name of ["deleteItem", "getItem", "putItem", "query", "scan"]) {
  Dax.prototype[name] = async function (request) {
    const { endpoint } = this.config;
    if (!endpoint.startsWith("daxs://")) throw new Error(`${endpoint} is not encrypted`);
    if (process.env.DAX_FAULT) throw Object.assign(new Error("no"), { code: process.env.DAX_FAULT });
    internal("Encoders").encodeExpressions(request);
    for (const value of Object.values(request.Item ?? {})) internal("AttributeValueEncoder").encodeAttributeValue(value);
    process.stdout.write(`${JSON.stringify({ dax: name, consistent: request.ConsistentRead ?? false })}\n`);
    try {
      return await table[name](request);
    } catch (error) {
      throw Object.assign(new Error(error.message), { code: error.name });
    }
  };
}
