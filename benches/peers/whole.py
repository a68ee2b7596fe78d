"""Whole processes from start to end: start, load, train 30 epochs of 784-30-10 with B = 10, evaluate after each.

The article's program runs once (it takes minutes). NumPy batched, with one BLAS thread and with its default, and batchprop
run in turn, one process each per round. The last row is a yardstick: the training alone of 12 batched NumPy epochs, the faster
of its two settings. The Python programs load the IDX files, which is quicker than the pickle that the article reads.
"""

import os
import statistics

import tables
from processes import batchprop_command, peer_command, peer_environment, run_to_end

WORK = {"hidden": 30, "batch_size": 10, "learning_rate": 3.0, "init": "normal"}
EPOCHS = 30
YARDSTICK = 12


def compare(options):
    python = lambda script: [*peer_command(script, options.data, WORK), "--epochs", str(EPOCHS)]
    programs = {
        "NumPy batched, 1 BLAS thread": (python("batched_numpy.py"), peer_environment(1), options.rounds),
        "NumPy batched, default threads": (python("batched_numpy.py"), None, options.rounds),
        "article's program": (python("per_sample_numpy.py"), None, 1),
    }
    if options.batchprop:
        command = batchprop_command(options.batchprop, options.data, WORK, EPOCHS, os.cpu_count())
        programs = {"batchprop": (command, None, options.rounds), **programs}

    results = {name: {"seconds": [], "peak_memory_bytes": [], "epoch_seconds": []} for name in programs}
    for number in range(options.rounds):
        for name, (command, environment, runs) in programs.items():
            if number < runs:
                lines, seconds, peak = run_to_end(command, environment)
                epochs = [line for line in lines if "correct" in line]
                result = results[name]
                result["seconds"].append(seconds)
                result["peak_memory_bytes"].append(peak)
                result["epoch_seconds"] += [epoch["train_seconds"] for epoch in epochs]
                result["correct"] = epochs[-1]["correct"]

    ours = results.get("batchprop", {}).get("seconds")
    rows = [
        [
            *(name, *tables.spread(result["seconds"]), tables.ratio(result["seconds"], ours)),
            *(tables.megabytes(max(result["peak_memory_bytes"])), tables.percent(result["correct"])),
        ]
        for name, result in results.items()
    ]
    batched = min(statistics.median(r["epoch_seconds"]) for name, r in results.items() if name.startswith("NumPy"))
    yardstick = [YARDSTICK * batched]
    name = f"{YARDSTICK} × NumPy's median training epoch"
    rows.append([name, tables.seconds(yardstick[0]), "", "", tables.ratio(yardstick, ours), "", ""])
    print(f"Seconds for the whole process, {EPOCHS} epochs of 784-30-10, B = 10, {options.rounds} rounds.")
    print(f"{tables.machine()}.\n")
    heads = ["program", "median s", "min", "max", "ratio to ours", "peak memory", "accuracy at the end"]
    print(tables.table(heads, rows))
    return results
