/** What the function finds around it, as in Lambda but without AWS: no test may open a connection to elsewhere. */

import net from "node:net";

delete process.env.AWS_PROFILE;
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: "testing",
  AWS_SECRET_ACCESS_KEY: "testing",
  AWS_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  POWERTOOLS_METRICS_NAMESPACE: "testing",
  POWERTOOLS_SERVICE_NAME: "orders",
});

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (/** @type {any[]} */ ...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  if (options?.host && !LOOPBACK.includes(options.host)) {
    throw new Error(`a test tried to connect to ${options.host}`);
  }
  return Reflect.apply(connect, this, given);
};

export const CONTEXT = {
  functionName: "orders",
  functionVersion: "1",
  memoryLimitInMB: "512",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:testing",
  awsRequestId: "11111111-2222-3333-4444-555555555555",
};
