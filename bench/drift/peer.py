"""Evidently as its documentation shows it: a DataDriftPreset over two pandas frames, with PSI for every column."""
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
answers, sys.stdout = sys.stdout, sys.stderr  # whatever the libraries print, an answer is a line of its own

import pandas
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

folder, rows, threshold, numbers, categories = sys.argv[1], sys.argv[2], float(sys.argv[3]), *map(str.split, sys.argv[4:6])
definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)


def read(side):
    frame = pandas.read_parquet(os.path.join(folder, f"{side}-{rows}.parquet"), columns=numbers + categories)
    return Dataset.from_pandas(frame, data_definition=definition)


def check():
    report = Report([DataDriftPreset(method="psi", threshold=threshold)])
    return report.run(current_data=read("current"), reference_data=read("reference"))


def drifted(snapshot):
    columns = [metric for metric in snapshot.dict()["metrics"] if "column" in metric["config"]]
    assert len(columns) == len(numbers) + len(categories), columns
    return sorted(metric["config"]["column"] for metric in columns if metric["value"] > threshold)


for line in sys.stdin:
    start = time.perf_counter()
    result = check()
    answer = {"milliseconds": (time.perf_counter() - start) * 1000, "drifted": drifted(result)}
    if line.strip() == "report":
        page = os.path.join(folder, "peer.html")
        before = time.perf_counter()
        result.save_html(page)
        milliseconds = answer["milliseconds"] + (time.perf_counter() - before) * 1000
        answer["page"] = {"milliseconds": milliseconds, "bytes": os.path.getsize(page)}
    print(json.dumps(answer), file=answers, flush=True)
