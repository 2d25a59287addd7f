// Runs the handler of a Node Lambda function once: bootstrap.py says what is read and written.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const call = JSON.parse(readFileSync(process.argv[2], "utf8"));
const until = Date.now() + call.seconds * 1000;
const { function_name, function_version, invoked_function_arn, memory_limit_in_mb, aws_request_id, log_group_name,
  log_stream_name } = call.context;
const context = {
  functionName: function_name, functionVersion: function_version, invokedFunctionArn: invoked_function_arn,
  memoryLimitInMB: memory_limit_in_mb, awsRequestId: aws_request_id, logGroupName: log_group_name,
  logStreamName: log_stream_name, getRemainingTimeInMillis: () => Math.max(0, until - Date.now()),
};

function end(result) {
  writeFileSync(call.result, JSON.stringify(result));
  process.exit(0);
}

function fail(error, type) {
  const stackTrace = String(error?.stack ?? "").split("\n").slice(1);
  end({ error: { errorMessage: String(error?.message ?? error), errorType: type ?? error?.name ?? "Error", stackTrace } });
}

process.on("uncaughtException", (error) => fail(error, "Runtime.UnhandledPromiseRejection"));
const dot = call.handler.lastIndexOf(".");
const base = resolve(call.handler.slice(0, dot));
const file = [".js", ".mjs", ".cjs"].map((ending) => base + ending).find(existsSync);
if (!file) fail(new Error(`Cannot find module '${call.handler.slice(0, dot)}'`), "Runtime.ImportModuleError");
let loaded;
try {
  loaded = await import(pathToFileURL(file));
} catch (error) {
  fail(error, "Runtime.ImportModuleError");
}
const name = call.handler.slice(dot + 1);
const handler = loaded[name] ?? loaded.default?.[name];
if (typeof handler !== "function") fail(new Error(`${call.handler} is undefined or not exported`), "Runtime.HandlerNotFound");
try {
  const payload = await new Promise((done, failed) => {
    const answer = handler(call.event, context, (error, value) => (error ? failed(error) : done(value)));
    if (typeof answer?.then === "function") answer.then(done, failed);
    else if (handler.length < 3) done(answer);
  });
  end({ payload: JSON.stringify(payload ?? null) });
} catch (error) {
  console.error(error);
  fail(error);
}
