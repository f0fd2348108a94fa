"""Nyxus on one region. It only reads files, so the time of reading them for one cheap feature is taken off."""

import time
from importlib.metadata import version
from statistics import median

from nyxus import Nyxus3D
from timing import job, tell

work = job()
features = {
    "default": ["*3D_ALL_INTENSITY*", "*3D_ALL_MORPHOLOGY*", "*3D_GLCM*", "*3D_GLRLM*", "*3D_GLSZM*", "*3D_GLDM*", "*3D_NGTDM*"],
    "all": ["*3D_ALL*"],
}[work["task"]]


def featurize(names):
    frame = Nyxus3D(names, n_feature_calc_threads=1).featurize_files([work["image"]], [work["mask"]], False)
    return sum(name[0] == "3" for name in frame.columns)


def reading():
    at, used = time.perf_counter(), time.process_time()
    featurize(["3MEAN"])
    return time.perf_counter() - at, time.process_time() - used


taken = [reading() for _ in range(5)]
wall_off, cpu_off = (median(times) for times in zip(*taken))
tell(version("nyxus"), lambda: featurize(features), work["seconds"], work["atLeast"], wall_off, cpu_off)
