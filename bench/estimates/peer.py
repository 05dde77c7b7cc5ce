"""NannyML as its documentation shows it: CBPE for binary labels and classes, DLE for numbers, each fitted on the reference."""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
answers, sys.stdout = sys.stdout, sys.stderr  # whatever the libraries print, the answer is a line of its own
os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import pandas

folder, name, kind, chunk = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
reference, analysis = (pandas.read_csv(os.path.join(folder, f"{name}-{side}.csv")) for side in ("reference", "analysis"))

if kind == "binary":
    metrics = {
        "roc_auc": "rocAuc", "average_precision": "averagePrecision", "precision": "precision", "recall": "recall",
        "f1": "f1", "specificity": "specificity", "accuracy": "accuracy",
    }
    estimator = nannyml.CBPE(
        y_pred_proba="score", y_pred="decision", y_true="label", problem_type="classification_binary",
        metrics=list(metrics), chunk_size=chunk,
    )
elif kind == "class":
    metrics = {"f1": "macroF1", "precision": "macroPrecision", "recall": "macroRecall", "accuracy": "accuracy"}
    places = range(sum(column.startswith("class") for column in reference.columns))
    estimator = nannyml.CBPE(
        y_pred_proba={place: f"class{place}" for place in places}, y_pred="decision", y_true="label",
        problem_type="classification_multiclass", metrics=list(metrics), chunk_size=chunk,
    )
else:
    metrics = {"mae": "mae", "rmse": "rmse"}
    features = [column for column in reference.columns if column not in ("score", "label", "decision")]
    estimator = nannyml.DLE(
        feature_column_names=features, y_pred="score", y_true="label", metrics=list(metrics), chunk_size=chunk,
    )
estimator.fit(reference)
frame = estimator.estimate(analysis).filter(period="analysis").to_df()
answer = {
    ours: [
        {"value": None if value != value else value, "low": low, "high": high}
        for value, low, high in zip(*(frame[(metric, part)].tolist() for part in ("value", "lower_confidence_boundary", "upper_confidence_boundary")))
    ]
    for metric, ours in metrics.items()
}
print(json.dumps(answer), file=answers, flush=True)
