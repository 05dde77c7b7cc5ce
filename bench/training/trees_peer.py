"""A training of boosted trees by a Python library, from Parquet to the model: python trees_peer.py FILE LIBRARY TREES PATIENCE"""
import json
import sys
import time

import pandas

file, library, trees, patience, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
if library == "lightgbm":
    import lightgbm
elif library == "xgboost":
    import xgboost
else:
    from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, log_loss

began, before = time.perf_counter(), time.process_time()
frame = pandas.read_parquet(file)
columns = [name for name in frame.columns if not name.startswith("_")]
levels = [name for name in columns if not pandas.api.types.is_numeric_dtype(frame[name])]
frame[levels] = frame[levels].astype("category")


def split(name):
    rows = frame[frame["_split"] == name]
    return rows[columns], rows["_label"]


x, y = split("train")
early = split("selection")
if library == "lightgbm":
    callbacks = [lightgbm.early_stopping(patience, verbose=False)] if patience else []
    model = lightgbm.LGBMClassifier(n_estimators=trees, n_jobs=threads, verbose=-1)
    model.fit(x, y, eval_set=[early] if patience else None, callbacks=callbacks)
    grown = model.best_iteration_ or trees
elif library == "xgboost":
    options = {"early_stopping_rounds": patience} if patience else {}
    model = xgboost.XGBClassifier(n_estimators=trees, n_jobs=threads, enable_categorical=True, **options)
    model.fit(x, y, eval_set=[early] if patience else None, verbose=False)
    grown = model.best_iteration + 1 if patience else trees
else:
    model = HistGradientBoostingClassifier(max_iter=trees, early_stopping=False)
    model.fit(x, y)
    grown = trees
seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - before

x, y = split("holdout")
scores = model.predict_proba(x)[:, 1]
print(json.dumps({
    "seconds": seconds,
    "cpuSeconds": cpu_seconds,
    "trees": grown,
    "logLoss": log_loss(y, scores),
    "averagePrecision": average_precision_score(y, scores),
}))
