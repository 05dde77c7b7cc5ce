"""What the document cannot say of a row: its time lies at most a year ahead and ten years back."""

import schemathesis


@schemathesis.hook
def before_call(_context, case, _kwargs):
    body = case.body
    rows = body.get("rows", [body]) if isinstance(body, dict) else []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("occurred_at"), str):
            del row["occurred_at"]
