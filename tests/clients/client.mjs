// A foreign client in JavaScript: @grpc/grpc-js over the proto files, against the notifications service.
// Arguments: address, token, folder of the contract.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const protobuf = require("protobufjs");

const [address, token, contract] = process.argv.slice(2);
const files = ["recipient_service", "event_service"].map((name) => `xiangtu/notifications/v1/${name}.proto`);
const definition = loader.loadSync(files, { includeDirs: [contract], keepCase: true, longs: String, enums: String, defaults: true });
const { xiangtu } = grpc.loadPackageDefinition(definition);
const credentials = grpc.credentials.createInsecure();
const metadata = new grpc.Metadata();
metadata.set("authorization", `Bearer ${token}`);

const recipients = new xiangtu.notifications.v1.RecipientService(address, credentials);
const call = (method, request) =>
  new Promise((resolve, reject) =>
    recipients[method](request, metadata, (error, response) => (error ? reject(error) : resolve(response))));

const recipient = { division: "divisions/410225104201", display_name: "李主任", roles: ["village_head"] };
const written = await call("CreateRecipient", { recipient, request_id: randomUUID() });
assert.match(written.name, /^recipients\//);
console.log("write");

const read = await call("GetRecipient", { name: written.name });
assert.equal(read.display_name, written.display_name);
console.log("read");

// The details of an error are messages inside google.rpc.Status, which travels in a trailer.
const rpc = new protobuf.Root();
rpc.resolvePath = (_, target) => `${contract}/${target}`;
rpc.loadSync(["google/rpc/status.proto", "google/rpc/error_details.proto"]);
const details = (error) => {
  const [trailer] = error.metadata.get("grpc-status-details-bin");
  const decoded = rpc.lookupType("google.rpc.Status").decode(trailer).details.map(({ type_url: url, value }) => {
    const type = url.split("/").pop();
    return [type, rpc.lookupType(type).decode(value).toJSON()];
  });
  return Object.fromEntries(decoded);
};
const crooked = { recipient: { ...recipient, division: "divisions/41022510420" }, request_id: randomUUID() };
await assert.rejects(call("CreateRecipient", crooked), (error) => {
  assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
  const found = details(error);
  assert.equal(found["google.rpc.BadRequest"].fieldViolations[0].field, "recipient.division");
  assert.deepEqual([found["google.rpc.ErrorInfo"].reason, found["google.rpc.ErrorInfo"].domain], ["INVALID_FIELD", "xiangtu"]);
  assert.equal(found["google.rpc.LocalizedMessage"].locale, "zh-CN");
  return true;
});
await assert.rejects(call("GetRecipient", { name: "recipients/0197a3c0-7c1e-7000-8000-000000000001" }), (error) => {
  assert.equal(error.code, grpc.status.NOT_FOUND);
  assert.equal(details(error)["google.rpc.ErrorInfo"].reason, "RESOURCE_NOT_FOUND");
  return true;
});
console.log("error");

const events = new xiangtu.notifications.v1.EventService(address, credentials);
const stream = events.WatchEvents({ types: ["division.imported"] }, metadata);
let followed;
for await (const message of stream) {
  if (message.event) {
    followed = message;
    break;
  }
}
assert.equal(followed.event.type, "division.imported");
assert.ok(followed.resume_token, "a watch says where to go on");
stream.cancel();
console.log("stream");
recipients.close();
events.close();
