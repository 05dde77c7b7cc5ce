"""NannyML as its documentation shows it: CBPE for binary labels and classes, DLE for numbers, each fitted on the reference.

Reads a line of JSON for each world, {"reference": file, "analysis": file, "kind": kind, "chunk": rows}, and answers with a line."""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
answers, sys.stdout = sys.stdout, sys.stderr  # whatever the libraries print, the answer is a line of its own
os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import pandas


def estimator_of(kind, chunk, reference):
    if kind == "binary":
        metrics = {
            "roc_auc": "rocAuc", "average_precision": "averagePrecision", "precision": "precision", "recall": "recall",
            "f1": "f1", "specificity": "specificity", "accuracy": "accuracy",
        }
        return metrics, nannyml.CBPE(
            y_pred_proba="score", y_pred="decision", y_true="label", problem_type="classification_binary",
            metrics=list(metrics), chunk_size=chunk,
        )
    if kind == "class":
        metrics = {"f1": "macroF1", "precision": "macroPrecision", "recall": "macroRecall", "accuracy": "accuracy"}
        places = range(sum(column.startswith("class") for column in reference.columns))
        return metrics, nannyml.CBPE(
            y_pred_proba={place: f"class{place}" for place in places}, y_pred="decision", y_true="label",
            problem_type="classification_multiclass", metrics=list(metrics), chunk_size=chunk,
        )
    metrics = {"mae": "mae", "rmse": "rmse"}
    features = [column for column in reference.columns if column not in ("score", "label", "decision")]
    return metrics, nannyml.DLE(
        feature_column_names=features, y_pred="score", y_true="label", metrics=list(metrics), chunk_size=chunk,
    )


PARTS = {"value": "value", "low": "lower_confidence_boundary", "high": "upper_confidence_boundary"}


def likely(value, low, high):
    return None if value != value else {"value": value, "low": low, "high": high}


for line in sys.stdin:
    asked = json.loads(line)
    reference, analysis = (pandas.read_csv(asked[side]) for side in ("reference", "analysis"))
    metrics, estimator = estimator_of(asked["kind"], asked["chunk"], reference)
    estimator.fit(reference)
    frame = estimator.estimate(analysis).filter(period="analysis").to_df()
    answer = {
        ours: [likely(*each) for each in zip(*(frame[(metric, part)].tolist() for part in PARTS.values()))]
        for metric, ours in metrics.items()
    }
    print(json.dumps(answer), file=answers, flush=True)
