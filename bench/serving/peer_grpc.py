"""The Open Inference Protocol over gRPC in Python as it is fastest: grpc.aio in as many processes as cores, on one port,
raw tensors read by NumPy, and a logistic regression that is one product of matrices. peer_grpc.py PORT PROCESSES
"""
import asyncio
import os
import sys

import grpc
import numpy
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import deserialize_bytes_tensor

NUMBERS = ["amount", "distance", "recent", "age", "balance", "limit_used", "merchants", "declines"]
CATEGORIES = ["merchant", "device", "country"]
LEVELS = [level.encode() for level in "abcdefgh"]
PLACES = {level: i for i, level in enumerate(LEVELS)}
WIDTH = len(NUMBERS) + len(CATEGORIES) * len(LEVELS)
WEIGHTS = numpy.random.default_rng(1).normal(size=WIDTH)


def matrix(request):
    rows = request.inputs[0].shape[0]
    result = numpy.zeros((rows, WIDTH))
    for tensor, raw in zip(request.inputs, request.raw_input_contents):
        if tensor.datatype == "FP64":
            result[:, NUMBERS.index(tensor.name)] = numpy.frombuffer(raw, dtype=numpy.float64)
        else:
            start = len(NUMBERS) + CATEGORIES.index(tensor.name) * len(LEVELS)
            for at, level in enumerate(deserialize_bytes_tensor(raw)):
                place = PLACES.get(level)
                if place is not None:
                    result[at, start + place] = 1
    return result


class Service(service_pb2_grpc.GRPCInferenceServiceServicer):
    async def ModelInfer(self, request, context):
        scores = 1 / (1 + numpy.exp(-(matrix(request) @ WEIGHTS)))
        answer = service_pb2.ModelInferResponse(model_name=request.model_name, raw_output_contents=[scores.tobytes()])
        answer.outputs.add(name="score", datatype="FP64", shape=[len(scores), 1])
        return answer

    async def ServerReady(self, request, context):
        return service_pb2.ServerReadyResponse(ready=True)


async def serve(port):
    server = grpc.aio.server(options=[("grpc.so_reuseport", 1)])
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(Service(), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    for _ in range(int(sys.argv[2]) - 1):
        if os.fork() == 0:
            break
    asyncio.run(serve(int(sys.argv[1])))
