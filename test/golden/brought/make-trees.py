"""Makes trees.json: trees as ONNX files, with the scores that onnxruntime gives for rows at random, at cuts and beside
them. Run it with the Python that local/toolchain/python/onnx.txt makes, and in it lightgbm 4.7.0, xgboost 3.2.0 and
onnxmltools 1.16.0."""

import base64, json, warnings
import lightgbm, numpy as np, onnx, onnxruntime, xgboost
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as Floats
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

warnings.filterwarnings('ignore')
make_attribute = onnx.helper.make_attribute


def with_python_numbers(key, value, *others, **options):  # scikit-learn gives numbers that onnx refuses
    if isinstance(value, list) and value and isinstance(value[0], np.integer):
        value = [int(one) for one in value]
    return make_attribute(key, value, *others, **options)


onnx.helper.make_attribute = with_python_numbers
random = np.random.default_rng(7)
count = 300
amount, distance = random.lognormal(3, 1, count).astype(np.float32), random.gamma(2, 40, count).astype(np.float32)
hour, online = random.integers(0, 24, count), random.integers(0, 2, count)
device = random.choice(['phone', 'web', 'tv'], count)
odds = 0.6 * np.log(amount) + 0.01 * distance + 0.8 * online * (device == 'web') + random.normal(size=count)
fraud, price = (odds > 3.2).astype(int), 3 * amount + distance + 5 * online
numbers = np.column_stack([amount, distance, hour, online]).astype(np.float32)
missing = numbers.copy()
missing[::5, 1] = np.nan
named = ['amount', 'distance', 'hour', 'is_online']
made = {}


def attributes(node):
    return {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}


def keep(name, model, columns=None, nulls=True, raw=True):
    """Rows at random, then each cut of the trees, with the numbers beside it."""
    ensemble = next(attributes(node) for node in model.graph.node if node.op_type.startswith('TreeEnsemble'))
    at = random.permutation(count)[:30]
    rows = [[float(amount[i]), float(distance[i]), int(hour[i]), bool(online[i]), str(device[i])] for i in at]
    if nulls:
        for row in rows[::4]:
            row[1] = None
    if raw:  # features are the columns themselves
        for feature, value, mode in list(zip(ensemble['nodes_featureids'], ensemble['nodes_values'], ensemble['nodes_modes']))[:40]:
            if feature < 2 and mode != b'LEAF':
                for x in [np.float32(value), np.nextafter(np.float32(value), np.float32(np.inf)), np.nextafter(np.float32(value), np.float32(-np.inf))]:
                    row = list(rows[0])
                    row[feature] = float(x)
                    rows.append(row)
    rows += [[1e30, -1e30, 0, True, 'web'], [-1.5, 0.0, 23, False, 'toaster']]
    tables = [dict(zip(named + ['device'], row)) for row in rows]
    session = onnxruntime.InferenceSession(model.SerializeToString())

    def column(one):
        if columns:
            return np.array([[row[c] if row[c] is not None else np.nan for c in columns] for row in tables], dtype=np.float32)
        text = one.type == 'tensor(string)'
        return np.array([[row[one.name] if row[one.name] is not None else np.nan] for row in tables], dtype=object if text else np.float32)

    last = session.run(None, {one.name: column(one) for one in session.get_inputs()})[-1]
    if isinstance(last, list):
        last = np.array([[row[0], row[1]] for row in last])
    scores = [float(score) for score in (last[:, 1] if last.ndim > 1 and last.shape[1] > 1 else last.reshape(-1))]
    made[name] = {'columns': columns, 'rows': rows, 'scores': scores, 'onnx': base64.b64encode(model.SerializeToString()).decode()}


def of(model, labels, data=numbers, **options):
    return to_onnx(model.fit(data, labels), data[:1], options=options or None)


small = {'n_estimators': 4, 'max_depth': 3, 'random_state': 1}
keep('random forest', of(RandomForestClassifier(**small), fraud, zipmap=False), named, nulls=False)
keep('gradient boosting, zipped', of(GradientBoostingClassifier(**small), fraud), named, nulls=False)
keep('gradient boosting of histograms', of(HistGradientBoostingClassifier(max_iter=4, max_depth=3), fraud, missing, zipmap=False), named)
keep('scaled and filled', of(make_pipeline(SimpleImputer(), StandardScaler(), GradientBoostingClassifier(**small)), fraud, missing, zipmap=False), named)
keep('random forest of numbers', of(RandomForestRegressor(**small), price), named, nulls=False)
keep('gradient boosting of numbers', of(GradientBoostingRegressor(**small), price), named, nulls=False)
whole = [('X', Floats([None, 4]))]
leaves = {'n_estimators': 4, 'num_leaves': 6, 'min_child_samples': 5, 'verbose': -1}
keep('LightGBM', convert_lightgbm(lightgbm.LGBMClassifier(**leaves).fit(missing, fraud), initial_types=whole, zipmap=False), named)
keep('LightGBM, zipped', convert_lightgbm(lightgbm.LGBMClassifier(**leaves).fit(missing, fraud), initial_types=whole), named)
keep('LightGBM of numbers', convert_lightgbm(lightgbm.LGBMRegressor(**leaves).fit(missing, price), initial_types=whole), named)
keep('XGBoost', convert_xgboost(xgboost.XGBClassifier(**small).fit(missing, fraud), initial_types=whole), named)
keep('XGBoost of numbers', convert_xgboost(xgboost.XGBRegressor(**small).fit(missing, price), initial_types=whole), named)

classes = fraud + (amount > 20)
keep('random forest of classes', of(RandomForestClassifier(**small), classes, zipmap=False), named, nulls=False)
keep('gradient boosting of histograms of classes', of(HistGradientBoostingClassifier(max_iter=2, max_depth=3), classes, missing, zipmap=False), named)
keep('LightGBM of classes', convert_lightgbm(lightgbm.LGBMClassifier(**leaves).fit(missing, classes), initial_types=whole, zipmap=False), named)
keep('XGBoost of classes', convert_xgboost(xgboost.XGBClassifier(**small).fit(missing, classes), initial_types=whole), named)

table = np.column_stack([amount, distance, device.astype(object)])
types = [('amount', FloatTensorType([None, 1])), ('distance', FloatTensorType([None, 1])), ('device', StringTensorType([None, 1]))]
for name, encoder in [('one-hot texts', OneHotEncoder(handle_unknown='ignore')), ('numbered texts', OrdinalEncoder(handle_unknown='use_encoded_value', unknown_value=-1))]:
    preparation = ColumnTransformer([('levels', encoder, [2]), ('numbers', SimpleImputer(), [0, 1])])
    pipeline = make_pipeline(preparation, RandomForestClassifier(**small)).fit(table, fraud)
    keep(name, to_onnx(pipeline, initial_types=types, options={'zipmap': False}), raw=False)

with open('trees.json', 'w') as file:
    json.dump(made, file)
