"""Real Evidently on some of the checks: which columns its default preset finds drifted."""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
answers, sys.stdout = sys.stdout, sys.stderr  # whatever the libraries print, the answer is a line of its own

import pandas
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

folder, checks, numbers, categories = sys.argv[1], int(sys.argv[2]), *map(str.split, sys.argv[3:5])
definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)


def read(name):
    frame = pandas.read_csv(os.path.join(folder, name))
    return Dataset.from_pandas(frame.astype({column: str for column in categories}), data_definition=definition)


def drifted(check):
    snapshot = Report([DataDriftPreset()]).run(read(f"current-{check}.csv"), read(f"reference-{check}.csv"))
    found = []
    for metric in snapshot.dict()["metrics"]:
        if "column" not in metric["config"]:
            continue
        tests = "p_value" in metric["config"]["method"]
        found += [metric["config"]["column"]] if (metric["value"] < 0.05 if tests else metric["value"] >= 0.1) else []
    return found


print(json.dumps([drifted(check) for check in range(checks)]), file=answers)
