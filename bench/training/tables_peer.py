"""A network or a line by a Python library, from Parquet to the model: python tables_peer.py FILE WHAT BATCH EPOCHS"""
import json
import sys
import time

import pandas

file, what, batch, epochs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5])
if what == "keras":
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    import keras
elif what == "mlp":
    from sklearn.neural_network import MLPClassifier
else:
    from sklearn.linear_model import LogisticRegression
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import average_precision_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

began, before = time.perf_counter(), time.process_time()
frame = pandas.read_parquet(file)
columns = [name for name in frame.columns if not name.startswith("_")]
levels = [name for name in columns if not pandas.api.types.is_numeric_dtype(frame[name]) or name == "hour_of_day"]
numbers = [name for name in columns if name not in levels]
prepare = make_column_transformer(
    (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
    (OneHotEncoder(handle_unknown="ignore", sparse_output=what == "logistic"), levels),
)
train = frame[frame["_split"] == "train"]
x, y = prepare.fit_transform(train[columns]), train["_label"].to_numpy()
if what == "keras":
    dense = keras.layers.Dense
    model = keras.Sequential([dense(64, "relu"), dense(32, "relu"), dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy")
    model.fit(x.astype("float32"), y, batch_size=batch, epochs=epochs, verbose=0)
elif what == "mlp":
    import warnings

    warnings.filterwarnings("ignore")  # that it has not converged after so few epochs
    model = MLPClassifier((64, 32), batch_size=batch, max_iter=epochs, alpha=0, random_state=1).fit(x, y)
else:
    model = LogisticRegression(max_iter=1000).fit(x, y)
seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - before

holdout = frame[frame["_split"] == "holdout"]
x, y = prepare.transform(holdout[columns]), holdout["_label"]
scores = model.predict(x, verbose=0)[:, 0] if what == "keras" else model.predict_proba(x)[:, 1]
print(json.dumps({
    "seconds": seconds,
    "cpuSeconds": cpu_seconds,
    "trees": 0,
    "logLoss": log_loss(y, scores),
    "averagePrecision": average_precision_score(y, scores),
}))
