// A foreign client in JavaScript: @grpc/grpc-js over the proto files, against the notifications service.
// Arguments: address, token, folder of the contract.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

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

await assert.rejects(call("GetRecipient", { name: "recipients/0197a3c0-7c1e-7000-8000-000000000001" }), (error) => {
  assert.equal(error.code, grpc.status.NOT_FOUND);
  const details = error.metadata.get("grpc-status-details-bin");
  assert.ok(details.length === 1 && details[0].includes("RESOURCE_NOT_FOUND"), "ErrorInfo travels as details");
  return true;
});
console.log("error");

const events = new xiangtu.notifications.v1.EventService(address, credentials);
const stream = events.WatchEvents({ types: ["division.imported"] }, metadata);
for await (const message of stream) {
  if (message.event) {
    assert.equal(message.event.type, "division.imported");
    break;
  }
}
stream.cancel();
console.log("stream");
recipients.close();
events.close();
