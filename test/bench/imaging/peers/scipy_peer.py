"""Fits the Tofts model to concentration curves with scipy.optimize.curve_fit, one voxel after the other."""

import json
import sys
import time

import numpy as np
from scipy.optimize import curve_fit

job = json.load(open(sys.argv[1], encoding="utf-8"))
minutes = np.array(job["minutes"])
plasma = np.array(job["plasma"])
step = minutes[1] - minutes[0]


def tofts(t, ktrans, ve):
    return ktrans * np.convolve(plasma, np.exp(-ktrans / ve * t))[: len(t)] * step


begun = time.process_time()
for curve in job["curves"]:
    try:
        curve_fit(tofts, minutes, np.array(curve), p0=(0.3, 0.3), bounds=((1e-4, 1e-3), (5, 1)))
    except RuntimeError:
        pass
print(json.dumps({"cpu": time.process_time() - begun}))
