"""The usual Python way: scikit-learn behind FastAPI and uvicorn, one process, rows checked by pydantic."""
import sys
import warnings

import numpy
import pandas
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from sklearn.compose import ColumnTransformer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
NUMBERS = ["amount", "distance", "recent", "age", "balance", "limit_used", "merchants", "declines"]
CATEGORIES = ["merchant", "device", "country"]

random = numpy.random.default_rng(1)
train = pandas.DataFrame({name: random.normal(size=5000) for name in NUMBERS})
for name in CATEGORIES:
    train[name] = random.choice(list("abcdefgh"), size=5000)
model = make_pipeline(
    ColumnTransformer([("numbers", StandardScaler(), NUMBERS), ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)]),
    MLPClassifier((64, 32), max_iter=3),
)
model.fit(train, (train["amount"] > 0.5).astype(int))


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
    frame = pandas.DataFrame([row.model_dump() for row in rows], columns=NUMBERS + CATEGORIES)
    return [{"score": score, "decision": score >= 0.5} for score in model.predict_proba(frame)[:, 1].tolist()]


@app.post("/predict/one")
async def one(row: Row):
    return scores([row])[0]


@app.post("/predict/many")
async def many(body: Rows):
    return {"predictions": scores(body.rows)}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
