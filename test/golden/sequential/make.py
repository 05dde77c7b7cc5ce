"""Makes sequential.json, by roads other than ours: python make.py > sequential.json, with scipy 1.17.1 and mpmath 1.4.1.

- evidence, leastShare: the definition, term by term, with 50 digits; the smallest share by mpmath's root finder.
- standardErrors: the density of the t statistic with and without the mixture's normal effects, each integrated over the
  estimated deviation by scipy's quad; the statistic at which their ratio reaches 1 / alpha. No closed form is used.
- normalMixture: normal_mixture_bound(v, alpha, v_opt=250, alpha_opt=alpha, is_one_sided=false) of confseq (github.com/
  gostevehoward/confseq at 70b1ef30; its PyPI package 0.0.11 does not build with Python 3.11, so its header
  uniform_boundaries.h was compiled with g++ 12 and Boost 1.74).
- otherShares: scipy's Dirichlet-multinomial probability over its multinomial one.
- pairs: the same density for one mean; and the factors at which the mean of the differences of the pairs (kept one by one
  here) is as far from 0 as its interval reaches, by scipy's brentq.
- ratio: the factors at which the difference of the means is as far from 0 as its interval reaches, by scipy's brentq.
"""
import json
import math

import numpy as np
from mpmath import findroot, log, mp, mpf
from scipy import integrate, optimize, stats

mp.dps = 50
EXCESSES = [mpf(2) / 100 * 2**i for i in range(13)]


def evidence(its, others, share):
    ratio = lambda d: ((1 + d) / (1 + d * share)) ** its * (1 / (1 + d * share)) ** others
    return log(sum(ratio(d) for d in EXCESSES) / len(EXCESSES))


def least_share(its, others, alpha, near):
    return findroot(lambda share: evidence(its, others, share) + log(alpha), mpf(near))


def standard_errors(one, other, alpha, tightest_at):
    return errors_of(1 / (1 / one + 1 / other), min(one, other) - 1, alpha, tightest_at / 2)


def errors_of(size, degrees, alpha, tightest_at):
    surprise = 2 * math.log(1 / alpha)
    deviation = math.sqrt((surprise + math.log(1 + surprise)) / tightest_at)  # of the effects in the mixture

    def density(t, spread):  # of the mean over its true deviation s, divided by the estimated one
        at = lambda s: stats.norm.pdf(t * s, 0, spread) * s * stats.chi.pdf(s * math.sqrt(degrees), degrees)
        width = 10 / math.sqrt(2 * degrees)
        return integrate.quad(at, max(0, 1 - 2 * width), 1 + width, epsabs=0, epsrel=1e-11, limit=500)[0]

    evidence_of = lambda t: density(t, math.sqrt(1 + size * deviation**2)) / density(t, 1)
    return optimize.brentq(lambda t: math.log(evidence_of(t)) + math.log(alpha), 1, 10, xtol=1e-10)


def variance(side):
    return (side["squares"] - side["sum"] ** 2 / side["count"]) / (side["count"] - 1)


def ratio(one, other, reach):
    spread = max(variance(one), variance(other))
    mean, base = one["sum"] / one["count"], other["sum"] / other["count"]
    beyond = lambda f: abs(mean - f * base) - reach * math.sqrt(spread * (1 / one["count"] + f**2 / other["count"]))
    return [optimize.brentq(beyond, -50, mean / base), optimize.brentq(beyond, mean / base, 50)]


def pairs(count, telling, alpha, tightest_at):
    rng = np.random.default_rng(7)
    other = rng.exponential(0.3, count)
    one = 1.2 * other + rng.normal(0, 0.1, count)
    reach = errors_of(count, telling - 1, alpha, tightest_at)
    beyond = lambda f: abs(np.mean(one - f * other)) - reach * stats.sem(one - f * other)
    gap = one - other
    sums = lambda x: {"sum": float(x.sum()), "squares": float((x * x).sum())}
    return {
        "pairs": {"count": count, "one": sums(one), "other": sums(other), "products": float((one * other).sum())},
        "differences": {"count": count, **sums(gap)},
        "look": {"alpha": alpha, "tightestAt": tightest_at, "telling": telling},
        "ratio": [optimize.brentq(beyond, -5, one.mean() / other.mean()), optimize.brentq(beyond, one.mean() / other.mean(), 5)],
        "difference": [gap.mean() - reach * stats.sem(gap), gap.mean() + reach * stats.sem(gap)],
    }


def other_shares(counts, shares):
    all = sum(counts)
    mixed = stats.dirichlet_multinomial.logpmf(counts, [10000 * share for share in shares], all)
    return float(mixed - stats.multinomial.logpmf(counts, all, shares))


one, other = dict(count=300, sum=123.6, squares=80.2), dict(count=2700, sum=1001.7, squares=640.5)
reach = standard_errors(300, 2700, 0.002, 1000)
print(json.dumps({
    "evidence": [
        {"its": i, "others": o, "share": float(s), "log": float(evidence(i, o, mpf(s)))}
        for i, o, s in [(0, 0, "0.1"), (8, 2, "0.1"), (14, 3, "0.1"), (30, 45, "0.5"), (2000, 15000, "0.1"), (90000, 90001, "0.5")]
    ],
    "leastShare": [
        {"its": i, "others": o, "alpha": float(a), "share": float(least_share(i, o, mpf(a), near))}
        for i, o, a, near in [(8, 2, "0.05", 0.3), (14, 3, "0.001", 0.3), (2000, 15000, "0.002", 0.1)]
    ],
    "standardErrors": [
        {"counts": [a, b], "alpha": alpha, "tightestAt": at, "reach": standard_errors(a, b, alpha, at)}
        for a, b, alpha, at in [(12, 12, 0.05, 20), (20, 180, 0.05, 100), (100, 100, 0.002, 100), (300, 2700, 0.002, 1000)]
    ],
    "normalMixture": [
        {"v": 10, "alpha": 0.05, "bound": 16.12748948055969},
        {"v": 250, "alpha": 0.05, "bound": 47.99086792104524},
        {"v": 250, "alpha": 0.001, "bound": 66.49901267945886},
        {"v": 1000, "alpha": 0.05, "bound": 98.88803197381104},
        {"v": 40000, "alpha": 0.001, "bound": 931.7362963682947},
    ],
    "otherShares": [
        {"counts": counts, "shares": shares, "log": other_shares(counts, shares)}
        for counts, shares in [([0, 3], [0.5, 0.5]), ([5200, 4800], [0.5, 0.5]), ([90000, 5400, 4600], [0.9, 0.05, 0.05])]
    ],
    "pairs": [pairs(200, 200, 0.05, 100), pairs(3000, 40, 0.002, 10_000)],
    "ratio": {"one": one, "other": other, "look": {"alpha": 0.002, "tightestAt": 1000}, "interval": ratio(one, other, reach)},
}, indent=2))
