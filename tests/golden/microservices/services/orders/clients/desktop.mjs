// Calls the API from a desktop app or a script in Node.js 20 or later, without a dependency:
// node desktop.mjs https://….execute-api.….amazonaws.com/STAGE/PATH
// AWS_SERVICE=s3 or dynamodb signs for these: what the credentials reach of them besides.
import { createHash, createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";

const REGION = "us-east-1";
const SERVICE = process.env.AWS_SERVICE || "execute-api";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

/** The headers that sign a request (Signature Version 4). */
export function signed(url, { method = "GET", body = "", credentials, now = new Date() }) {
  const { host, pathname, searchParams } = new URL(url);
  const moment = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${moment.slice(0, 8)}/${REGION}/${SERVICE}/aws4_request`;
  const token = credentials.sessionToken ? { "x-amz-security-token": credentials.sessionToken } : {};
  const content = SERVICE === "s3" ? { "x-amz-content-sha256": sha256(body) } : {};
  const headers = { host, "x-amz-date": moment, ...token, ...content };
  const names = Object.keys(headers).sort();
  const query = [...searchParams].map(([k, v]) => `${encoded(k)}=${encoded(v)}`).sort().join("&");
  const path = SERVICE === "s3" ? pathname : pathname.split("/").map(encoded).join("/"); // S3 takes it as it stands
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const request = [method, path, query, lines, names.join(";"), sha256(body)].join("\n");
  const key = [moment.slice(0, 8), REGION, SERVICE, "aws4_request"].reduce(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", moment, scope, sha256(request)].join("\n")).toString("hex");
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...headers, authorization };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
  const { host, ...headers } = signed(process.argv[2], { credentials }); // fetch sets the host itself
  const answer = await fetch(process.argv[2], { headers });
  console.log(answer.status, await answer.text());
}
