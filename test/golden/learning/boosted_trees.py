"""Makes boosted-trees.json: predictions of XGBoost on a made-up table, for libs/learning/src/trees.

Run: python -m venv v && v/bin/pip install xgboost-cpu==3.2.0 && v/bin/python boosted_trees.py
Inputs are small integers, so every program that puts an edge between each two of them divides the rows alike.
"""

import hashlib
import json

import numpy as np
import xgboost

rng = np.random.default_rng(20261128)
n = 120
x = np.column_stack([rng.integers(0, 8, n), rng.integers(0, 6, n), rng.integers(0, 2, n)]).astype(float)
eta = 0.5 * (x[:, 0] - 3.5) - 0.6 * (x[:, 1] - 2.5) * (x[:, 2] - 0.5)
y = (rng.uniform(size=n) < 1 / (1 + np.exp(-eta))).astype(int)
x[rng.uniform(size=n) < 0.15, 1] = np.nan
rows = [[None if np.isnan(v) else int(v) for v in row] for row in x]
table = {"x": rows, "y": y.tolist()}

settings = [
    {"max_depth": 3, "learning_rate": 0.3, "lambda": 1, "min_child_weight": 1, "gamma": 0},
    {"max_depth": 5, "learning_rate": 0.1, "lambda": 0.5, "min_child_weight": 3, "gamma": 0.7},
    {"max_depth": 6, "learning_rate": 0.3, "lambda": 0, "min_child_weight": 0.5, "gamma": 2},
]
cases = []
for setting in settings:
    data = xgboost.DMatrix(x, label=y)
    fixed = {"objective": "binary:logistic", "base_score": 0.5, "tree_method": "hist", "max_bin": 64, "nthread": 1}
    model = xgboost.train({**setting, **fixed}, data, num_boost_round=8)
    margins = model.predict(data, output_margin=True)
    cases.append({"params": setting, "rounds": 8, "margins": [float(f"{m:.7g}") for m in margins]})

result = {
    "made_by": "test/golden/learning/boosted_trees.py",
    "versions": {"xgboost": xgboost.__version__, "numpy": np.__version__},
    "input_sha256": hashlib.sha256(json.dumps(table).encode()).hexdigest(),
    **table,
    "cases": cases,
}
with open("boosted-trees.json", "w", encoding="utf8") as file:
    json.dump(result, file)
    file.write("\n")
