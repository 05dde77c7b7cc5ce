"""KServe's own clients against our server: kserve_client.py HTTP_ADDRESS GRPC_ADDRESS KEY."""

import asyncio
import sys

import grpc
import httpx
import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig

http, grpc_address, key = sys.argv[1:]
URL = f"http://{http}"
COLUMNS = {
    "amount": ("FP64", np.array([3.0, -3.0])),
    "distance": ("FP64", np.array([1.0, np.nan])),
    "device": ("BYTES", np.array([b"phone", b"web"], dtype=object)),
    "is_online": ("BOOL", np.array([True, False])),
}


def request(binary, columns=COLUMNS):
    inputs = []
    for name, (datatype, values) in columns.items():
        inputs.append(InferInput(name, list(values.shape), datatype))
        inputs[-1].set_data_from_numpy(values, binary_data=binary)
    return InferRequest("fraud", inputs, request_id="request-7")


def check(answer):
    outputs = {each.name: each for each in answer.outputs}
    assert answer.model_name == "fraud" and answer.id == "request-7"
    assert list(outputs) == ["score", "decision", "version", "id"]
    assert outputs["score"].as_numpy().shape == (2,)
    assert outputs["decision"].as_numpy().tolist() == [True, False]
    assert outputs["version"].as_numpy().tolist() == [1, 1]


async def rest():
    authorized = {"authorization": f"Bearer {key}"}
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    assert await client.is_server_live(URL) and await client.is_server_ready(URL)
    assert await client.is_model_ready(URL, "fraud", headers=authorized)
    assert not await client.is_model_ready(URL, "none", headers=authorized)
    for binary in [True, False]:
        check(await client.infer(URL, request(binary), model_name="fraud", headers={**authorized}))
    try:
        await client.infer(URL, request(False, {"amount": COLUMNS["amount"]}), model_name="fraud", headers=authorized)
    except httpx.HTTPStatusError as error:
        assert '"device" is missing' in str(error), error
    else:
        raise AssertionError("was not refused")
    await client.close()


async def over_grpc():
    authorized = (("authorization", f"Bearer {key}"),)
    client = InferenceGRPCClient(grpc_address)
    assert await client.is_server_live() and await client.is_server_ready()
    assert await client.is_model_ready("fraud", headers=authorized)
    for binary in [True, False]:
        check(await client.infer(request(binary), headers=authorized))
    try:
        await client.infer(request(True))
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
    else:
        raise AssertionError("was not refused")
    await client.close()


asyncio.run(rest())
asyncio.run(over_grpc())
