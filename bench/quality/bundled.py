"""Writes a data set that scikit-learn brings along: python bundled.py LOADER FILE"""
import sys

import numpy
import pandas
from sklearn import datasets

loader, file = sys.argv[1:]
values, label = getattr(datasets, loader)(return_X_y=True)
frame = pandas.DataFrame(values, columns=[f"n{i}" for i in range(values.shape[1])])
frame["label"] = label
frame["i"] = numpy.arange(len(frame))
frame.to_csv(file, index=False)
