"""Times of repeated calls, in the form that the parent program reads."""

import json
import sys
import time


def job():
    """The job from the command line: files, task, seconds, at least so many calls."""
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)


def tell(version, call, seconds, at_least, wall_off=0.0, cpu_off=0.0):
    """Calls until they have taken so many seconds of CPU, as our own program is called, and prints wall and CPU milliseconds of every call; `call` returns the number of features.

    What every call spends on something else (reading files, in seconds) is taken off.
    """
    begun = time.process_time()
    wall, cpu = [], []
    features = 0
    elapsed = 0.0
    # A peer that takes very long need not be called so often.
    while elapsed < seconds or len(wall) < (at_least if elapsed < 8 * seconds else 1):
        at, used = time.perf_counter(), time.process_time()
        features = call()
        wall.append(1000 * (time.perf_counter() - at - wall_off))
        cpu.append(1000 * (time.process_time() - used - cpu_off))
        elapsed = time.process_time() - begun
    print(json.dumps({"version": version, "features": features, "wall": wall, "cpu": cpu}))
