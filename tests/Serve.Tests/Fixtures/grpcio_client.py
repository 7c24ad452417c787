"""Calls a server with Google's own gRPC stack: ADDRESS DESCRIPTORS... Prints what came back as one line of JSON."""
import json
import struct
import sys

import grpc
from google.protobuf import descriptor_pool, message_factory

address, files = sys.argv[1], sys.argv[2:]
pool = descriptor_pool.DescriptorPool()
for name in files:
    with open(name, "rb") as file:
        pool.AddSerializedFile(file.read())


def message(name):
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


Infer, Answer, StreamAnswer = (message("inference." + name) for name in ("ModelInferRequest", "ModelInferResponse", "ModelStreamInferResponse"))
channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])


def unary(service, method, request, response):
    return channel.unary_unary(f"/{service}/{method}", request_serializer=request.SerializeToString, response_deserializer=response.FromString)


def plain(method, request, response, service="inference.GRPCInferenceService", package="inference", **fields):
    return unary(service, method, message(f"{package}.{request}"), message(f"{package}.{response}"))(message(f"{package}.{request}")(**fields), timeout=30)


def rows(values, model="echo", width=4, typed=False, **fields):
    request = Infer(model_name=model, **fields)
    tensor = request.inputs.add(name="input", datatype="FP32", shape=[len(values) // width, width])
    if typed:
        tensor.contents.fp32_contents.extend(values)
    else:
        request.raw_input_contents.append(struct.pack(f"<{len(values)}f", *values))
    return request


def floats(answer):
    return list(struct.unpack(f"<{len(answer.raw_output_contents[0]) // 4}f", answer.raw_output_contents[0]))


def failure(call):
    try:
        call()
    except grpc.RpcError as error:
        return [error.code().name, error.details()]
    return ["OK", ""]


infer = unary("inference.GRPCInferenceService", "ModelInfer", Infer, Answer)
stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer", request_serializer=Infer.SerializeToString, response_deserializer=StreamAnswer.FromString)
wide = [float(i % 1000) for i in range(3 * 500_000)]
futures = [infer.future(rows([i, 1, 2, 3], id=str(i)), timeout=30) for i in range(100)]
answers = list(stream(iter([rows([i, 0, 0, 0], id=str(i), model="missing" if i == 7 else "echo") for i in range(20)]), timeout=30))

print(json.dumps({
    "live": plain("ServerLive", "ServerLiveRequest", "ServerLiveResponse").live,
    "ready": plain("ModelReady", "ModelReadyRequest", "ModelReadyResponse", name="echo").ready,
    "platform": plain("ModelMetadata", "ModelMetadataRequest", "ModelMetadataResponse", name="echo").platform,
    "max_batch_size": plain("ModelConfig", "ModelConfigRequest", "ModelConfigResponse", name="echo").config.max_batch_size > 0,
    "health": plain("Check", "HealthCheckRequest", "HealthCheckResponse", service="grpc.health.v1.Health", package="grpc.health.v1").status,
    "raw": floats(infer(rows([1, 2, 3, 4, 5, 6, 7, 8]), timeout=30)),
    "typed": floats(infer(rows([1, 2, 3, 4], typed=True), timeout=30)),
    "compressed": floats(infer(rows([1.5] * 32), timeout=30, compression=grpc.Compression.Gzip)),
    "deflated": floats(infer(rows([2.5] * 8), timeout=30, compression=grpc.Compression.Deflate)),
    "large": floats(infer(rows(wide, model="wide", width=500_000), timeout=30)) == wide,
    "concurrent": all(floats(future.result())[0] == i and future.result().id == str(i) for i, future in enumerate(futures)),
    "stream": [answer.infer_response.id for answer in answers],
    "stream_errors": [answer.error_message for answer in answers if answer.error_message],
    "missing": failure(lambda: infer(rows([1, 2, 3, 4], model="mödel%"), timeout=30)),
    "wrong": failure(lambda: infer(rows([1, 2, 3]), timeout=30)),
    "unimplemented": failure(lambda: channel.unary_unary("/inference.GRPCInferenceService/Explode")(b"", timeout=30)),
}))
