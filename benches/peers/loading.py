"""Reading MNIST: batchprop's loading, from file to ready, against `gzip -dc` of the same files into nothing.

batchprop reports its time as `load_seconds` in the start event of `train --json`; where it doesn't, only gzip is shown.
Files are read once before the first round, so that all find them in the system's cache.
"""

import os
import subprocess
import time

import tables
from processes import batchprop_command, run_to_end

IDX = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
PICKLE = "mnist.pkl.gz"
WORK = {"hidden": 30, "batch_size": 1024, "learning_rate": 3.0, "init": "normal"}


def gzip_seconds(files):
    start = time.perf_counter()
    for file in files:
        subprocess.run(["gzip", "-dc", str(file)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def compare(options):
    candidates = {"IDX, four files": [options.data / name for name in IDX], PICKLE: [options.data / PICKLE]}
    sources = {name: files for name, files in candidates.items() if all(file.exists() for file in files)}
    results = {}
    for name, files in sources.items():
        for file in files:
            file.read_bytes()
        results[name] = {"gzip": [], "batchprop": []}
        given = files[0] if name == PICKLE else options.data
        for _ in range(options.rounds):
            results[name]["gzip"].append(gzip_seconds(files))
            if options.batchprop:
                command = batchprop_command(options.batchprop, given, WORK, 1, os.cpu_count())
                events, _, _ = run_to_end(command)
                begun = next(event for event in events if event["event"] == "start")
                if "load_seconds" in begun:
                    results[name]["batchprop"].append(begun["load_seconds"])

    rows = []
    for name, measured in results.items():
        for program, seconds in measured.items():
            if seconds:
                rows.append([name, program, *tables.spread(seconds), tables.ratio(seconds, measured["gzip"])])
    print(f"Seconds to read MNIST, {options.rounds} rounds.")
    print(f"{tables.machine()}.\n")
    print(tables.table(["files", "program", "median s", "min", "max", "ratio to gzip"], rows))
    return results
