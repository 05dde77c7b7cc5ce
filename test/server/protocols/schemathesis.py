"""What the document cannot say: how far a time lies, and how tensors make rows together."""

import schemathesis


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if case.path.endswith("/infer") and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = {"id": case.body.get("id"), "inputs": EXAMPLE}
        return
    body = case.body
    rows = body.get("rows", [body]) if isinstance(body, dict) else []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("occurred_at"), str):
            del row["occurred_at"]
    if not isinstance(body, dict) or not case.meta.generation.mode.is_positive:
        return
    for fact in body.get("labels") or body.get("outcomes") or [body]:
        if "observed_at" in fact:
            fact["observed_at"] = "2000-01-01T00:00:00Z"


EXAMPLE = [
    {"name": "amount", "datatype": "FP64", "shape": [2], "data": [19.5, 2]},
    {"name": "distance", "datatype": "FP64", "shape": [2], "data": [1, None]},
    {"name": "device", "datatype": "BYTES", "shape": [2], "data": ["phone", "other"]},
    {"name": "is_online", "datatype": "BOOL", "shape": [2], "data": [True, False]},
]
