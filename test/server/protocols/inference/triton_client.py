"""Triton's own clients against our server: triton_client.py HTTP_ADDRESS GRPC_ADDRESS KEY."""

import sys

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

http, grpc, key = sys.argv[1:]
COLUMNS = {
    "amount": np.array([[3.0], [-3.0]]),
    "distance": np.array([[1.0], [np.nan]], dtype=np.float32),
    "device": np.array([[b"phone"], ["Straße".encode()]], dtype=object),
    "is_online": np.array([[True], [False]]),
    "transaction_id": np.array([[8], [7]], dtype=np.int64),
}


def ask():
    """New headers each time: the client writes into those it is given."""
    return {"headers": {"authorization": f"Bearer {key}"}}


def tensors(client, columns=COLUMNS, **how):
    inputs = []
    for name, values in columns.items():
        inputs.append(client.InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype)))
        inputs[-1].set_data_from_numpy(values, **how)
    return inputs


def refusal(attempt):
    try:
        attempt()
    except InferenceServerException as error:
        return error.status(), error.message()
    raise AssertionError("was not refused")


def check(client, connection, statuses, encodings):
    assert connection.is_server_live() and connection.is_server_ready()
    assert connection.is_model_ready("fraud", **ask())
    assert connection.is_model_ready("fraud", "1", **ask())
    assert not connection.is_model_ready("none", **ask())
    as_json = {} if client is tritonclient.http else {"as_json": True}
    assert connection.get_server_metadata(**as_json, **ask())["name"] == "perennial"
    inputs = connection.get_model_metadata("fraud", **as_json, **ask())["inputs"]
    assert [(each["name"], each["datatype"]) for each in inputs][:3] == [
        ("amount", "FP64"),
        ("distance", "FP64"),
        ("device", "BYTES"),
    ]
    config = connection.get_model_config("fraud", **as_json, **ask())
    config = config.get("config", config)
    assert config["max_batch_size"] == 1000, config
    index = connection.get_model_repository_index(**as_json, **ask())
    assert [each["name"] for each in (index["models"] if "models" in index else index)] == ["fraud"]

    for how in encodings:
        answer = connection.infer("fraud", tensors(client, **how), request_id="request-7", **ask())
        assert answer.as_numpy("score").shape == (2, 1) and answer.as_numpy("score").dtype == np.float64
        assert answer.as_numpy("decision").tolist() == [[True], [False]]
        assert answer.as_numpy("version").tolist() == [[1], [1]]
        assert len(answer.as_numpy("id")[0, 0]) == 36
        one = [client.InferRequestedOutput("score")]
        flat = {name: values.reshape(-1) for name, values in COLUMNS.items()}
        again = connection.infer("fraud", tensors(client, flat, **how), outputs=one, model_version="1", **ask())
        assert again.as_numpy("score").tolist() == answer.as_numpy("score").reshape(-1).tolist()
        assert again.as_numpy("decision") is None

    missing = {name: values for name, values in COLUMNS.items() if name != "amount"}
    for status, says, attempt in [
        (statuses["key"], "needs a key", lambda: connection.infer("fraud", tensors(client))),
        (statuses["invalid"], '"amount" is missing', lambda: connection.infer("fraud", tensors(client, missing), **ask())),
        (statuses["missing"], 'no version "9"', lambda: connection.infer("fraud", tensors(client), "9", **ask())),
        (statuses["missing"], 'no pipeline "none"', lambda: connection.infer("none", tensors(client), **ask())),
    ]:
        found, message = refusal(attempt)
        assert found == status and says in message, (found, message)


check(
    tritonclient.http,
    tritonclient.http.InferenceServerClient(http),
    {"key": "401", "invalid": "400", "missing": "404"},
    [{"binary_data": True}, {"binary_data": False}],
)
check(
    tritonclient.grpc,
    tritonclient.grpc.InferenceServerClient(grpc),
    {"key": "StatusCode.UNAUTHENTICATED", "invalid": "StatusCode.INVALID_ARGUMENT", "missing": "StatusCode.NOT_FOUND"},
    [{}],
)
