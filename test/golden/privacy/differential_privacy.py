#!/usr/bin/env python3
"""Writes differential-privacy.json beside this file: privacy parameters from Google's dp_accounting.

Made with Python 3.12, dp-accounting 0.6.0, numpy 2.4.6 and scipy 1.17.1 (no data file). Run it again with
`pip install dp-accounting==0.6.0 && python3 differential_privacy.py`.
"""
import importlib.metadata
import json
import pathlib

from dp_accounting import dp_event, gaussian_mechanism
from dp_accounting.pld import pld_privacy_accountant, privacy_loss_distribution
from dp_accounting.rdp import rdp_privacy_accountant

DELTA = 1e-5
ORDERS = list(range(2, 257)) + [320, 384, 448, 512, 768, 1024, 2048, 4096]


def pld_epsilon(event, delta, interval=1e-4):
    accountant = pld_privacy_accountant.PLDAccountant(value_discretization_interval=interval)
    return accountant.compose(event).get_epsilon(delta)


def rdp_epsilon(event, delta):
    return rdp_privacy_accountant.RdpAccountant(ORDERS).compose(event).get_epsilon(delta)


def composed(count, sigma):
    return dp_event.SelfComposedDpEvent(dp_event.GaussianDpEvent(sigma), count)


mixed = dp_event.ComposedDpEvent([composed(12, 6.0), composed(3, 2.5), composed(40, 30.0)])
out = {
    "versions": {name: importlib.metadata.version(name) for name in ("dp-accounting", "numpy", "scipy")},
    "delta": DELTA,
    "compositions": [
        {"count": t, "sigma": s, "pld": pld_epsilon(composed(t, s), DELTA), "rdp": rdp_epsilon(composed(t, s), DELTA)}
        for t, s in [(1, 4), (20, 4), (20, 10), (50, 10), (100, 20), (1, 1), (7, 3.5), (500, 60)]
    ],
    "mixed": {
        "releases": [{"count": 12, "sigma": 6.0}, {"count": 3, "sigma": 2.5}, {"count": 40, "sigma": 30.0}],
        "pld": pld_epsilon(mixed, DELTA),
        "rdp": rdp_epsilon(mixed, DELTA),
    },
    "analyticGaussian": [
        {"epsilon": e, "delta": d, "sigma": gaussian_mechanism.get_sigma_gaussian(e, d, tol=1e-14)}
        for e in (1e-3, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0)
        for d in (1e-12, 1e-8, 1e-5, 1e-2)
    ],
    "discreteGaussian": [
        {
            "sigma": s,
            "sensitivity": k,
            "count": t,
            "epsilon": privacy_loss_distribution.from_discrete_gaussian_mechanism(s, sensitivity=k, use_connect_dots=False)
            .self_compose(t)
            .get_epsilon_for_delta(DELTA),
        }
        for s, k, t in [(4, 1, 1), (40, 10, 20), (3, 1, 5)]
    ],
}
pathlib.Path(__file__).with_suffix("").with_name("differential-privacy.json").write_text(json.dumps(out, indent=1) + "\n")
