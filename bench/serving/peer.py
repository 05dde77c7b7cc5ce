"""The usual Python way: scikit-learn behind FastAPI and uvicorn, rows checked by pydantic. MODEL says which model.

logistic and forest get their rows as a NumPy array, made by hand, as people do who want speed; mlp as a pandas frame.
`python peer.py FOLDER` stores the logistic regression for `mlflow models serve` instead.
"""
import os
import sys
import warnings

import numpy
import pandas
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
NUMBERS = ["amount", "distance", "recent", "age", "balance", "limit_used", "merchants", "declines"]
CATEGORIES = ["merchant", "device", "country"]
LEVELS = "abcdefgh"

random = numpy.random.default_rng(1)
train = pandas.DataFrame({name: random.normal(size=5000) for name in NUMBERS})
for name in CATEGORIES:
    train[name] = random.choice(list(LEVELS), size=5000)
label = (train["amount"] > 0.5).astype(int)
places = {level: i for i, level in enumerate(LEVELS)}
columns = [(name, i) for i, name in enumerate(NUMBERS)]
blocks = [(name, len(NUMBERS) + i * len(LEVELS)) for i, name in enumerate(CATEGORIES)]


def matrix(rows):
    """Numbers as they are, a column for each level."""
    result = numpy.zeros((len(rows), len(NUMBERS) + len(CATEGORIES) * len(LEVELS)))
    for at, row in enumerate(rows):
        for name, i in columns:
            result[at, i] = getattr(row, name)
        for name, i in blocks:
            place = places.get(getattr(row, name))
            if place is not None:
                result[at, i + place] = 1
    return result


def frame(rows):
    return pandas.DataFrame([row.model_dump() for row in rows], columns=NUMBERS + CATEGORIES)


def through_frame(classifier):
    encode = ColumnTransformer(
        [("numbers", StandardScaler(), NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)]
    )
    return make_pipeline(encode, classifier).fit(train, label)


if __name__ == "__main__":
    import mlflow.sklearn

    mlflow.sklearn.save_model(through_frame(LogisticRegression()), sys.argv[1])
    sys.exit()

kind = os.environ["MODEL"]
if kind == "mlp":
    model, read = through_frame(MLPClassifier((64, 32), max_iter=3)), frame
else:
    classifier = {"logistic": LogisticRegression, "forest": RandomForestClassifier}[kind]()
    model, read = classifier.fit(matrix(list(train.itertuples(index=False))), label), matrix


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: float
    distance: float
    recent: float
    age: float
    balance: float
    limit_used: float
    merchants: float
    declines: float
    merchant: str
    device: str
    country: str


class Rows(BaseModel):
    rows: list[Row]


app = FastAPI()


def scores(rows):
    return [{"score": score, "decision": score >= 0.5} for score in model.predict_proba(read(rows))[:, 1].tolist()]


@app.post("/predict/one")
async def one(row: Row):
    return scores([row])[0]


@app.post("/predict/many")
async def many(body: Rows):
    return {"predictions": scores(body.rows)}
