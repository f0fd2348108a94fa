#!/usr/bin/env python3
"""Writes baseline-tests.json beside this file: tests of two and more samples, of tables and of normality.

Made with Python 3.11, scipy 1.17.1 and numpy 2.4.6 on the samples below (no data file). Exact p values of tables come from
enumeration with whole numbers. Run it again with `python3 baseline_tests.py`.
"""
import itertools
import json
import pathlib
from fractions import Fraction
from math import comb, factorial

import numpy as np
from scipy import stats
from scipy.stats.contingency import odds_ratio


def sample(n, a, b, digits):
    """Made-up numbers without a random generator: a quadratic residue, skewed, rounded so that ties occur."""
    return [round(((i * i * a * 89 + i * b * 53) % 997 / 100) ** 1.5 - 3, digits) for i in range(1, n + 1)]


def shapiro(x):
    w, p = stats.shapiro(x)
    return {"x": x, "w": float(w), "p": float(p)}


def rank_sum(x, y):
    exact = None
    if len(set(x + y)) == len(x + y) and max(len(x), len(y)) < 50:
        exact = float(stats.mannwhitneyu(x, y, method="exact").pvalue)
    return {
        "x": x,
        "y": y,
        "w": float(stats.mannwhitneyu(x, y).statistic),
        "pContinuity": float(stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=True).pvalue),
        "pNoContinuity": float(stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False).pvalue),
        "pExact": exact,
    }


def signed_rank(d):
    nonzero = [v for v in d if v != 0]
    distinct = len({abs(v) for v in nonzero}) == len(nonzero) == len(d)
    kept = stats.wilcoxon(nonzero, method="asymptotic", correction=True, zero_method="wilcox")
    ranks = stats.rankdata(np.abs(nonzero))
    return {
        "d": d,
        "v": float(sum(r for r, v in zip(ranks, nonzero) if v > 0)),
        "pContinuity": float(kept.pvalue),
        "pNoContinuity": float(stats.wilcoxon(nonzero, method="asymptotic", correction=False).pvalue),
        "pExact": float(stats.wilcoxon(nonzero, method="exact").pvalue) if distinct and len(d) < 50 else None,
    }


def two_samples(x, y):
    welch, student = stats.ttest_ind(x, y, equal_var=False), stats.ttest_ind(x, y)
    d = stats.ks_2samp(x, y).statistic
    return {
        "x": x,
        "y": y,
        "welch": {"t": float(welch.statistic), "df": float(welch.df), "p": float(welch.pvalue)},
        "student": {"t": float(student.statistic), "df": float(student.df), "p": float(student.pvalue)},
        "ks": {"d": float(d), "pLimit": float(stats.kstwobign.sf(np.sqrt(len(x) * len(y) / (len(x) + len(y))) * d))},
    }


def several(groups):
    kruskal, anova, welch = stats.kruskal(*groups), stats.f_oneway(*groups), stats.f_oneway(*groups, equal_var=False)
    return {
        "groups": groups,
        "kruskal": {"chisq": float(kruskal.statistic), "p": float(kruskal.pvalue)},
        "anova": {"f": float(anova.statistic), "p": float(anova.pvalue)},
        "welch": {"f": float(welch.statistic), "p": float(welch.pvalue)},
    }


def fourfold(table):
    found = odds_ratio(table, kind="conditional")
    limits = found.confidence_interval(0.95)
    finite = lambda v: float(v) if np.isfinite(v) else None
    return {
        "table": table,
        "p": float(stats.fisher_exact(table).pvalue),
        "oddsRatio": finite(found.statistic),
        "limits": [finite(limits.low), finite(limits.high)],
    }


def fillings(rows, columns):
    """All tables with these margins."""
    if len(rows) == 1:
        yield (tuple(columns),)
        return
    for first in itertools.product(*(range(min(c, rows[0]) + 1) for c in columns)):
        if sum(first) == rows[0]:
            for rest in fillings(rows[1:], [c - f for c, f in zip(columns, first)]):
                yield (first,) + rest


def exact_table(table):
    rows, columns = [sum(r) for r in table], [sum(c) for c in zip(*table)]
    weight = lambda t: Fraction(1, np.prod([factorial(v) for r in t for v in r], dtype=object))
    own, total, sum_up_to = weight(table), Fraction(0), Fraction(0)
    for t in fillings(rows, columns):
        w = weight(t)
        total += w
        sum_up_to += w if w <= own else 0
    return {"table": table, "p": float(sum_up_to / total)}


def chi_square(table):
    plain = stats.chi2_contingency(table, correction=False)
    yates = float(stats.chi2_contingency(table).pvalue) if np.shape(table) == (2, 2) else None
    return {"table": table, "chisq": float(plain.statistic), "df": int(plain.dof), "p": float(plain.pvalue), "pYates": yates}


ps = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
golden = {
    "shapiro": [shapiro(sample(n, 3, 7, 3)) for n in (3, 4, 5, 6, 7, 11, 12, 13, 40, 200, 5000)]
    + [shapiro([148, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236])],
    "rankSum": [
        rank_sum(sample(9, 3, 5, 5), sample(14, 7, 2, 5)),
        rank_sum(sample(30, 3, 5, 0), sample(21, 7, 2, 0)),
        rank_sum(sample(60, 3, 5, 5), sample(55, 7, 2, 5)),
    ],
    "signedRank": [
        signed_rank(sample(12, 5, 3, 4)),
        signed_rank([v for v in sample(25, 5, 3, 0)]),
        signed_rank(sample(70, 5, 3, 4)),
    ],
    "twoSamples": [two_samples(sample(9, 3, 5, 5), sample(14, 7, 2, 5)), two_samples(sample(80, 3, 5, 1), sample(55, 11, 2, 1))],
    "several": [several([sample(9, 3, 5, 1), sample(14, 7, 2, 1), sample(6, 11, 3, 1)])],
    "fourfold": [fourfold(t) for t in ([[3, 1], [1, 3]], [[10, 2], [3, 15]], [[0, 5], [6, 4]], [[52, 137], [80, 458]])],
    "exactTable": [
        exact_table(t)
        for t in ([[3, 1, 2], [1, 4, 0]], [[4, 1, 0], [2, 2, 2], [0, 3, 5]], [[2, 0, 1, 3], [1, 4, 1, 0], [3, 1, 2, 2]], [[5, 2], [3, 3], [1, 6], [2, 0]])
    ],
    "chiSquare": [chi_square(t) for t in ([[762, 327, 468], [484, 239, 477]], [[12, 5], [6, 9]], [[3, 4], [5, 6]])],
    "adjust": {
        "p": ps,
        "BH": [float(v) for v in stats.false_discovery_control(ps, method="bh")],
        "BY": [float(v) for v in stats.false_discovery_control(ps, method="by")],
    },
}
lines = [f'  "{name}": {json.dumps(value)}' for name, value in golden.items()]
pathlib.Path(__file__).with_name("baseline-tests.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
