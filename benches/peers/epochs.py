"""Training epochs and evaluations, interleaved: each round every program trains one epoch and evaluates once, in turn.

A peer is started once, trains one epoch that is not counted (compiling, warming up), and lives until its last round. Where
it has several forms, each is tried for TRIALS more epochs and only the fastest goes on. batchprop is started anew in each
round, as a user would do it, and trains EPOCHS epochs, of which those after the first count.
"""

import importlib.util
import os
import sys
import time

import tables
from processes import Worker, batchprop_epochs

# Wide layers that start at N(0, 1), or take large steps, saturate: these starts and rates let all programs learn.
WORK = {
    "30-10": {"hidden": 30, "batch_size": 10, "learning_rate": 3.0, "init": "normal"},
    "100-64": {"hidden": 100, "batch_size": 64, "learning_rate": 3.0, "init": "normalised"},
    "800-128": {"hidden": 800, "batch_size": 128, "learning_rate": 0.3, "init": "normalised"},
    "800-1024": {"hidden": 800, "batch_size": 1024, "learning_rate": 0.3, "init": "normalised"},
}
EVALUATED = "30-10"  # the row whose network's evaluation gets a table of its own
EPOCHS = 3  # of a batchprop process; accuracies are compared after so many
TRIALS = 2  # epochs that choose among a peer's forms
CORES = os.cpu_count()
TORCH_FORMS = ("foreach", "fused", "compiled", "by-hand")
JAX_FORMS = ("gather-in-scan", "gather-first")

# name: (module that must be installed, script, threads, forms, rows it takes part in unless asked for by name)
PEERS = {
    "article": ("numpy", "per_sample_numpy.py", None, ("",), ["30-10"]),
    "numpy-1": ("numpy", "batched_numpy.py", 1, ("",), list(WORK)),
    "numpy": ("numpy", "batched_numpy.py", None, ("",), list(WORK)),
    "scikit-learn": ("sklearn", "with_scikit_learn.py", None, ("",), list(WORK)),
    "pytorch-1": ("torch", "with_pytorch.py", 1, TORCH_FORMS, list(WORK)),
    "pytorch": ("torch", "with_pytorch.py", None, TORCH_FORMS, list(WORK)),
    "jax": ("jax", "with_jax.py", None, JAX_FORMS, list(WORK)),
}


def title(work):
    return f"784-{work['hidden']}-10, B = {work['batch_size']}"


def say(text):
    print(text, file=sys.stderr, flush=True)


def start(name, data, work):
    """The peer's process, warm, in its fastest form; None if it can't run here."""
    module, script, threads, forms, _ = PEERS[name]
    if importlib.util.find_spec(module) is None:
        return say(f"  {name}: left out, {module} is not installed")
    workers = []
    for form in forms:
        try:
            worker = Worker(script, data, work, threads, form)
            worker.epoch()
            workers.append(worker)
        except RuntimeError as error:
            say(f"  {name}: left out{form and f' in form {form}'}, {error}")
    if len(workers) > 1:
        for _ in range(TRIALS):
            for worker in workers:
                worker.epoch()
        workers.sort(key=lambda worker: min(epoch["train_seconds"] for epoch in worker.epochs[1:]))
        best = {worker.form: round(min(e["train_seconds"] for e in worker.epochs[1:]), 4) for worker in workers}
        say(f"  {name}: forms tried, seconds: {best}")
    for loser in workers[1:]:
        loser.close()
    return workers[0] if workers else None


def measure(key, options):
    """All programs' epochs at one row of work, in turn: {name: {"train": […], "eval": […], "correct": …, …}}."""
    work = WORK[key]
    say(title(work))
    chosen = options.peers or [name for name, peer in PEERS.items() if key in peer[-1]]
    workers = {name: start(name, options.data, work) for name in chosen}
    workers = {name: worker for name, worker in workers.items() if worker}
    ours = {"ours": CORES, "ours-1": 1} if options.batchprop else {}
    rounds = {name: [] for name in [*ours, *workers]}
    for number in range(options.rounds):
        for name, threads in ours.items():
            program = (options.batchprop, options.data, work, EPOCHS, threads, number)
            rounds[name].append(batchprop_epochs(*program))
        for name, worker in workers.items():
            time.sleep(0.1)  # let the one before come to rest: thread pools spin for a while
            rounds[name].append(worker.epoch())
        latest = [f"{name} {tables.seconds(measured[-1]['train_seconds'])}" for name, measured in rounds.items()]
        say(f"  round {number + 1}: " + ", ".join(latest))
    results = {}
    for name, measured in rounds.items():
        worker = workers.get(name)
        if worker:
            # Epochs of warm-up and trial have taught the network too.
            while len(worker.epochs) < EPOCHS:
                worker.epoch()
        results[name] = {
            "program": f"{worker.version} {worker.form}".strip() if worker else "batchprop",
            "threads": (PEERS[name][2] or "default") if worker else ours[name],
            "train_seconds": [one["train_seconds"] for one in measured],
            "eval_seconds": [one["eval_seconds"] for one in measured],
            "correct": worker.epochs[EPOCHS - 1]["correct"] if worker else measured[0]["correct"][EPOCHS - 1],
            "peak_memory_bytes": worker.close() if worker else max(one["peak_memory_bytes"] for one in measured),
        }
    return results


def rows_of(work, results, seconds):
    ours = results.get("ours", {}).get(seconds)
    for name, result in results.items():
        program = "article's program" if name == "article" else result["program"]
        threads = "1" if name == "article" else str(result["threads"])
        yield [
            *(work, program, threads, *tables.spread(result[seconds]), tables.ratio(result[seconds], ours)),
            *(tables.megabytes(result["peak_memory_bytes"]), tables.percent(result["correct"])),
        ]


def compare(options):
    results = {key: measure(key, options) for key in options.rows}
    rows = [row for key in results for row in rows_of(title(WORK[key]), results[key], "train_seconds")]
    if EVALUATED in results:
        rows += rows_of("evaluate 10,000, 784-30-10", results[EVALUATED], "eval_seconds")
    accuracy = f"accuracy after {EPOCHS} epochs"
    heads = ["work", "program", "threads", "median s", "min", "max", "ratio to ours", "peak memory", accuracy]
    print(f"Seconds for one training epoch of 50,000 images, or one evaluation; {options.rounds} rounds.")
    print(f"{tables.machine()}.\n")
    print(tables.table(heads, rows))
    return results
