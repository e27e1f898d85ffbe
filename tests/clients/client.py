"""A foreign client in Python: no generated code, only reflection, against the notifications service.

Arguments: address, token. Reads, writes, fails with details, follows a stream; says what it did, one line each.
"""

import sys
import uuid

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

address, token = sys.argv[1:3]
metadata = [("authorization", f"Bearer {token}")]
channel = grpc.insecure_channel(address)
plain = grpc.insecure_channel(address, compression=grpc.Compression.Gzip)

health = health_pb2_grpc.HealthStub(plain).Check(health_pb2.HealthCheckRequest(service="xiangtu.notifications.v1.RecipientService"))
assert health.status == health_pb2.HealthCheckResponse.SERVING
print("health")

database = ProtoReflectionDescriptorDatabase(channel)
assert "xiangtu.notifications.v1.RecipientService" in database.get_services()
pool = DescriptorPool(database)


def call(service, method, **fields):
    descriptor = pool.FindServiceByName(service).FindMethodByName(method)
    request = message_factory.GetMessageClass(descriptor.input_type)
    response = message_factory.GetMessageClass(descriptor.output_type)
    kind = channel.unary_stream if descriptor.server_streaming else channel.unary_unary
    stub = kind(f"/{service}/{method}", request_serializer=request.SerializeToString, response_deserializer=response.FromString)
    return stub(request(**fields), metadata=metadata, timeout=20)


RECIPIENTS = "xiangtu.notifications.v1.RecipientService"
recipient = {"division": "divisions/410225104201", "display_name": "王主任", "roles": ["village_head"]}
request_id = str(uuid.uuid4())
written = call(RECIPIENTS, "CreateRecipient", recipient=recipient, request_id=request_id)
again = call(RECIPIENTS, "CreateRecipient", recipient=recipient, request_id=request_id)
assert written.name and written == again, "the same request answers the first result again"
print("write")

read = call(RECIPIENTS, "GetRecipient", name=written.name)
assert read.division == "divisions/410225104201"
print("read")

try:
    call(RECIPIENTS, "CreateRecipient", recipient=dict(recipient, division="divisions/41022510420"))
    raise SystemExit("a division of 11 digits was taken")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
    details = {any.TypeName(): any for any in rpc_status.from_call(error).details}
    info = error_details_pb2.ErrorInfo()
    assert details["google.rpc.ErrorInfo"].Unpack(info) and (info.domain, info.reason) == ("xiangtu", "INVALID_FIELD"), info
    bad = error_details_pb2.BadRequest()
    assert details["google.rpc.BadRequest"].Unpack(bad)
    assert bad.field_violations[0].field == "recipient.division", bad
    local = error_details_pb2.LocalizedMessage()
    assert details["google.rpc.LocalizedMessage"].Unpack(local) and local.locale == "zh-CN"
print("error")

stream = call("xiangtu.notifications.v1.EventService", "WatchEvents", types=["division.imported"])
followed = next(message for message in stream if message.HasField("event"))
assert followed.event.type == "division.imported" and followed.resume_token
stream.cancel()
print("stream")
