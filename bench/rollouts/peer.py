"""What is usual for canaries: tests for one look, repeated every minute, over the minutes that the benchmark made.

- Mann-Whitney, as Kayenta's judge does it (MannWhitneyClassifier, 98 % confidence): a value per metric, arm and minute;
  a metric is worse if the interval of the Hodges-Lehmann estimate lies beyond a quarter of the estimate, which is to say
  that values moved by that quarter still differ. Errors, time and loss may not increase, scores may do neither.
- z and t tests over all requests so far at 1 %: two proportions for errors (from five in each arm on), Welch's t for
  the others (from 30 requests in each arm on).

Arguments: the file of minutes (float32: rollout, minute, arm, count), the number of rollouts, the minutes of each step.
Prints for each way when each rollout was rolled back: requests seen, answered; null: it was not.
"""
import json
import sys

import numpy as np
import scipy
from scipy import stats

CONFIDENCE, FRACTION, LEVEL = 0.98, 0.25, 0.01
path, rollouts, steps = sys.argv[1], int(sys.argv[2]), [int(length) for length in sys.argv[3].split()]
minutes = np.fromfile(path, np.float32).reshape(rollouts, sum(steps), 2, 9).astype(float)
ends = np.cumsum(steps)
parts = [minutes[:, end - length : end] for end, length in zip(ends, steps)]
RISE, EITHER = "rise", "either"
METRICS = [("errors", 0, 1, RISE), ("time", 0, 2, RISE), ("scores", 0, 4, EITHER), ("loss", 6, 7, RISE)]


def per_minute(part, count, total):
    """A value for each minute; one without requests repeats the one before, and before the first there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        values = part[..., total] / part[..., count]
    for minute in range(1, values.shape[1]):
        gone = np.isnan(values[:, minute])
        values[:, minute][gone] = values[:, minute - 1][gone]
    return values[:, :, 0], values[:, :, 1]


def mann_whitney(part, looks):
    """For each rollout and look, whether a metric is worse."""
    worse = np.zeros(part.shape[:2], bool)
    for _, count, total, direction in METRICS:
        ours, theirs = per_minute(part, count, total)
        from_minute = np.isnan(ours).any(axis=0).sum()  # labels come later
        for look in looks:
            x, y = ours[:, from_minute : look + 1], theirs[:, from_minute : look + 1]
            if x.shape[1] < 2:
                continue
            result = stats.mannwhitneyu(x, y, axis=1)
            higher = result.statistic > x.shape[1] ** 2 / 2
            for rollout in np.flatnonzero((result.pvalue < 1 - CONFIDENCE) & (higher | (direction == EITHER))):
                x1, y1 = x[rollout], y[rollout]
                moved = x1 - FRACTION * np.median(x1[:, None] - y1)
                still = stats.mannwhitneyu(moved, y1)
                same_side = (still.statistic > len(y1) ** 2 / 2) == higher[rollout]
                worse[rollout, look] |= bool(still.pvalue < 1 - CONFIDENCE and same_side)
    return worse


def z_and_t(part):
    sums = np.cumsum(part, axis=1)
    worse = np.zeros(part.shape[:2], bool)
    for name, count, total, direction in METRICS:
        n, mean = sums[..., count], sums[..., total]
        with np.errstate(invalid="ignore", divide="ignore"):
            if name == "errors":
                pooled = mean.sum(-1) / n.sum(-1)
                rates = mean / n
                z = (rates[..., 0] - rates[..., 1]) / np.sqrt(pooled * (1 - pooled) * (1 / n).sum(-1))
                p, enough = 2 * stats.norm.sf(np.abs(z)), mean.min(-1) >= 5
            else:
                squares = sums[..., total + 1] - mean**2 / n
                z, p = stats.ttest_ind_from_stats(
                    mean[..., 0] / n[..., 0], np.sqrt(squares[..., 0] / (n[..., 0] - 1)), n[..., 0],
                    mean[..., 1] / n[..., 1], np.sqrt(squares[..., 1] / (n[..., 1] - 1)), n[..., 1],
                    equal_var=False,
                )  # fmt: skip
                enough = n.min(-1) >= 30
        worse |= enough & (p < LEVEL) & ((z > 0) | (direction == EITHER))
    return worse


def rolled_back(by_step):
    """At the first look of the first step that finds something."""
    found = [None] * rollouts
    seen_before, answered_before = np.zeros(rollouts), np.zeros(rollouts)
    for step, (part, worse) in enumerate(zip(parts, by_step)):
        seen = np.cumsum(part[:, :, 0, 0], axis=1)
        answered = seen if step > 0 else np.zeros_like(seen)  # the first step is a shadow
        for rollout in np.flatnonzero(worse.any(axis=1)):
            if found[rollout] is None:
                look = worse[rollout].argmax()
                found[rollout] = [
                    seen_before[rollout] + seen[rollout, look],
                    answered_before[rollout] + answered[rollout, look],
                ]
        seen_before += seen[:, -1]
        answered_before += answered[:, -1]
    return found


every = [mann_whitney(part, range(part.shape[1])) for part in parts]
last = [np.where(np.arange(part.shape[1]) == part.shape[1] - 1, worse, False) for part, worse in zip(parts, every)]
answer = {
    "scipy": scipy.__version__,
    "mannWhitney": rolled_back(every),
    "mannWhitneyOnce": rolled_back(last),
    "zAndT": rolled_back([z_and_t(part) for part in parts]),
}
print(json.dumps(answer))
