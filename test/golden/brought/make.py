"""Makes models.json: models of scikit-learn as ONNX files, with the scores that onnxruntime gives for some rows.
Run it with the Python that local/toolchain/python/onnx.txt makes."""

import base64, json, warnings
import numpy as np, onnxruntime
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

warnings.filterwarnings('ignore')
random = np.random.default_rng(7)
count = 400
amount, distance = random.lognormal(3, 1, count), random.gamma(2, 40, count)
hour, online = random.integers(0, 24, count), random.integers(0, 2, count)
device = random.choice(['phone', 'web'], count)
odds = 0.6 * np.log(amount) - 2 + 0.01 * distance + 0.8 * online * (device == 'web') + random.normal(size=count)
fraud, price = (odds > 0.8).astype(int), 3 * amount + distance + 5 * online
numbers = np.column_stack([amount, distance, hour, online]).astype(np.float32)
named = ['amount', 'distance', 'hour', 'is_online']
rows = [
    {'amount': 20.5, 'distance': 3.25, 'hour': 4, 'is_online': True, 'device': 'web'},
    {'amount': 1e6, 'distance': 0, 'hour': 23, 'is_online': False, 'device': 'phone'},
    {'amount': -4, 'distance': 900, 'hour': 0, 'is_online': True, 'device': 'toaster'},
]
missing = [{'amount': 20.5, 'distance': None, 'hour': 4, 'is_online': True, 'device': 'web'}]
made = {}


def keep(name, model, rows, columns=None):
    session = onnxruntime.InferenceSession(model.SerializeToString())

    def column(one):
        if one.name == 'X':
            return np.array([[row[c] for c in columns] for row in rows], dtype=np.float32)
        dtype = object if one.type == 'tensor(string)' else np.float32
        return np.array([[row[one.name]] for row in rows], dtype=dtype)

    answers = session.run(None, {one.name: column(one) for one in session.get_inputs()})
    last = answers[-1]
    if isinstance(last, list):
        last = np.array([[row[0], row[1]] for row in last])
    scores = [float(score) for score in (last[:, 1] if last.shape[1] > 1 else last[:, 0])]
    text = base64.b64encode(model.SerializeToString()).decode()
    made[name] = {'columns': columns, 'rows': rows, 'scores': scores, 'onnx': text}


def of(model, labels, **options):
    return to_onnx(model.fit(numbers, labels), numbers[:1], options=options or None)


keep('logistic', of(LogisticRegression(), fraud, zipmap=False), rows, named)
keep('logistic with names of classes', of(make_pipeline(StandardScaler(), LogisticRegression()), fraud), rows, named)
network = make_pipeline(StandardScaler(), MLPClassifier((16, 8), max_iter=30, random_state=1))
keep('network', of(network, fraud, zipmap=False), rows, named)
keep('ridge', of(make_pipeline(StandardScaler(), Ridge()), price), rows, named)
keep('network of numbers', of(make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(8,), max_iter=30, random_state=1)), price), rows, named)
keep('forest', of(RandomForestClassifier(3, max_depth=3, random_state=1), fraud, zipmap=False), rows, named)
keep('three classes', of(LogisticRegression(), fraud + (amount > 60), zipmap=False), rows, named)
keep('network with names of three classes', of(network, np.array(['low', 'mid', 'high'])[fraud + (amount > 60)], zipmap=False), rows, named)

table = np.column_stack([amount, distance, device.astype(object)])
preparation = ColumnTransformer([
    ('numbers', make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), [0, 1]),
    ('levels', OneHotEncoder(handle_unknown='ignore'), [2]),
])
mixed = make_pipeline(preparation, LogisticRegression()).fit(table, fraud)
types = [('amount', FloatTensorType([None, 1])), ('distance', FloatTensorType([None, 1])), ('device', StringTensorType([None, 1]))]
keep('mixed columns', to_onnx(mixed, initial_types=types, options={'zipmap': False}), rows + missing)

with open('models.json', 'w') as file:
    json.dump(made, file, indent=1)
