"""Trains Python's libraries on one file and judges them, and given scores, on another:
python peers.py TRAIN TEST KIND SECONDS SEED LEVELS SCORES
KIND: binary, number or class. SECONDS: how long each search takes. LEVELS: the columns of categories, with commas. SCORES: a JSON file of the other side's scores, or classes, of the test's rows."""
import json
import os
import sys
import time

os.environ["OMP_WAIT_POLICY"] = "passive"  # on busy cores, threads that spin take the time of those that work

import numpy
import pandas
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor, early_stopping
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, average_precision_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

train_file, test_file, kind, seconds, seed, level_names, scores_file = sys.argv[1:]
seconds, seed, classifies = float(seconds), int(seed), kind != "number"
levels = [name for name in level_names.split(",") if name]
train = pandas.read_csv(train_file).drop(columns=["id", "at"])
test = pandas.read_csv(test_file)
columns = [name for name in train.columns if name != "label"]
numbers = [name for name in columns if name not in levels]
for name in levels:
    kinds = pandas.CategoricalDtype(sorted(train[name].dropna().astype(str).unique()))
    for frame in (train, test):
        frame[name] = frame[name].where(frame[name].isna(), frame[name].astype(str)).astype(kinds)
x, y, x_test, y_test = train[columns], train["label"], test[columns], test["label"]


def texts(frame):
    """Categories as CatBoost takes them."""
    frame = frame.copy()
    for name in levels:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "none")
    return frame


def scores_of(model, frame):
    return model.predict_proba(frame)[:, 1] if kind == "binary" else numpy.ravel(model.predict(frame))


def value(labels, scores):
    judge = {"binary": average_precision_score, "number": r2_score, "class": accuracy_score}[kind]
    return float(judge(labels, scores))


def flat(model, scaled):
    """A model of scikit-learn's that takes neither nulls nor categories."""
    numeric = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), *([StandardScaler()] if scaled else []))
    encoder = (OneHotEncoder(handle_unknown="ignore") if scaled
               else OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1))
    return make_pipeline(make_column_transformer((numeric, numbers), (encoder, levels)), model)


def lightgbm(**options):
    return (LGBMClassifier if classifies else LGBMRegressor)(verbose=-1, n_jobs=2, random_state=seed, **options)


def xgboost(**options):
    return (XGBClassifier if classifies else XGBRegressor)(enable_categorical=True, n_jobs=2, random_state=seed, **options)


def catboost():
    return (CatBoostClassifier if classifies else CatBoostRegressor)(
        verbose=0, thread_count=2, random_seed=seed, cat_features=levels, allow_writing_files=False)


def some_lightgbm(random):
    return dict(learning_rate=10 ** random.uniform(-2, -0.5), num_leaves=int(2 ** random.uniform(2, 8)),
                min_child_samples=int(2 ** random.uniform(1, 7)), subsample=random.uniform(0.5, 1), subsample_freq=1,
                colsample_bytree=random.uniform(0.4, 1), reg_lambda=10 ** random.uniform(-3, 1.5))


def some_xgboost(random):
    return dict(learning_rate=10 ** random.uniform(-2, -0.5), max_depth=int(random.integers(2, 11)),
                min_child_weight=10 ** random.uniform(-1, 2), subsample=random.uniform(0.5, 1),
                colsample_bytree=random.uniform(0.4, 1), reg_lambda=10 ** random.uniform(-2, 1.5))


def stopped_lightgbm(options, learn, watch):
    model = lightgbm(n_estimators=2000, **options)
    model.fit(*learn, eval_set=[watch], callbacks=[early_stopping(50, verbose=False)])
    return model, max(1, model.best_iteration_)


def stopped_xgboost(options, learn, watch):
    model = xgboost(n_estimators=2000, early_stopping_rounds=50, **options)
    model.fit(*learn, eval_set=[watch], verbose=False)
    return model, model.best_iteration + 1


def tuned(make, stopped, some):
    """The best of random settings, the defaults first, for as long as the other side took; each stops early by the last
    fifth of the rows. To be fitted to all of them."""
    deadline, random, tried = time.perf_counter() + seconds, numpy.random.default_rng(seed), []
    cut = int(0.8 * len(x))
    learn, watch = (x[:cut], y[:cut]), (x[cut:], y[cut:])
    while not tried or time.perf_counter() < deadline:
        options = some(random) if tried else {}
        model, trees = stopped(options, learn, watch)
        tried.append((value(watch[1], scores_of(model, watch[0])), trees, options))
    _, trees, options = max(tried, key=lambda one: one[0])
    return make(n_estimators=trees, **options)


peers = {
    "LightGBM": lightgbm,
    "XGBoost": xgboost,
    "CatBoost": catboost,
    "scikit-learn HistGradientBoosting": lambda: (HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor)(
        categorical_features=levels or None, random_state=seed),
    "scikit-learn RandomForest": lambda: flat(
        (RandomForestClassifier if classifies else RandomForestRegressor)(n_jobs=2, random_state=seed), False),
    "scikit-learn LogisticRegression or RidgeCV": lambda: flat(
        LogisticRegression(max_iter=1000) if classifies else RidgeCV(numpy.logspace(-3, 3, 13)), True),
    "scikit-learn MLP": lambda: flat((MLPClassifier if classifies else MLPRegressor)(random_state=seed, max_iter=200), True),
    "LightGBM, tuned": lambda: tuned(lightgbm, stopped_lightgbm, some_lightgbm),
    "XGBoost, tuned": lambda: tuned(xgboost, stopped_xgboost, some_xgboost),
}
found = {}
with open(scores_file, encoding="utf-8") as file:
    found["ours"] = value(y_test, numpy.array(json.load(file)))
for name, make in peers.items():
    began = time.perf_counter()
    form = texts if name == "CatBoost" else (lambda frame: frame)
    model = make()
    model.fit(form(x), y)
    found[name] = value(y_test, scores_of(model, form(x_test)))
    print(f"{name}: {found[name]:.4f} in {time.perf_counter() - began:.1f} s", file=sys.stderr)
print(json.dumps(found))
