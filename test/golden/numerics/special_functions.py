#!/usr/bin/env python3
"""Writes special-functions.json beside this file: values of special functions at exact doubles, 25 digits.

Made with Python 3.11 and mpmath 1.3.0 at 60 digits of working precision. Run it again with `python3 special_functions.py`.
"""
import json
import pathlib

from mpmath import cos, erfinv, exp, expm1, findroot, log, log1p, mp, mpf, ncdf, nstr, power, sin, sqrt

mp.dps = 60


def digits(x):
    return nstr(x, 25, strip_zeros=False, min_fixed=0, max_fixed=0)


def quantile(p):
    return findroot(lambda z: ncdf(z) - p, sqrt(2) * erfinv(2 * p - 1))


cases = {
    "exp": (exp, [(x,) for x in (-700, -37.5, -1, -1e-10, 0.1, 0.5, 1, 2, 10, 100, 709.5)]),
    "expm1": (expm1, [(x,) for x in (-40, -1, -1e-10, 1e-300, 1e-5, 0.3, 1, 50)]),
    "sin": (sin, [(x,) for x in (-1e-10, 0.5, 1, 3.141592653589793, -4.1, 100, 1e6, 1e22)]),
    "cos": (cos, [(x,) for x in (1e-10, 0.5, 1.5707963267948966, 3, -4.1, 100, 1e6, 1e22)]),
    "ln": (log, [(x,) for x in (5e-324, 1e-300, 0.1, 0.5, 1 - 2**-53, 1 + 2**-52, 2, 10, 1e10, 1.7976931348623157e308)]),
    "log1p": (log1p, [(x,) for x in (-1 + 2**-53, -0.5, -1e-10, 1e-300, 1e-5, 0.3, 1, 1e10)]),
    "pow": (power, [(2, 0.5), (0.05, 1 / 19), (0.1, 14 / 19), (10, -3.3), (1.0000000001, 1e9), (3, 100), (1e-5, 60.5)]),
    "logistic": (lambda x: 1 / (1 + exp(-x)), [(x,) for x in (-700, -100, -12, -1, -1e-10, 0, 0.3, 3, 12, 36.5)]),
    "softplus": (lambda x: log1p(exp(x)), [(x,) for x in (-700, -100, -12, -1, 0, 1e-10, 0.3, 3, 12, 36.5, 800)]),
    "logit": (lambda p: log(p) - log1p(-p), [(p,) for p in (1e-300, 1e-10, 0.1, 0.25, 0.7, 0.999, 1 - 2**-53)]),
    "normalCdf": (ncdf, [(x,) for x in (-30, -8, -3, -1.96, -1, -1e-10, 0, 0.5, 1, 1.959963984540054, 3, 6)]),
    "normalQuantile": (quantile, [(p,) for p in (1e-15, 1e-5, 0.01, 0.025, 0.2, 0.8, 0.975, 0.99, 0.999999)]),
}
table = {
    name: [{"at": list(at), "value": digits(function(*(mpf(x) for x in at)))} for at in points]
    for name, (function, points) in cases.items()
}
lines = [f'  "{name}": [\n' + ",\n".join(f"    {json.dumps(row)}" for row in rows) + "\n  ]" for name, rows in table.items()]
pathlib.Path(__file__).with_name("special-functions.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
