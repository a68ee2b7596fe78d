"""The programs under comparison as processes: a peer that answers line by line, and a batchprop run.

Nothing here imports NumPy: a child's peak memory is never less than its parent's at the time of its start, so the parent
stays small.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# How each program is told to leave AVX-512 alone. NumPy's features have other names from one version to the next; it ignores
# those that it does not know.
HELD_TO_AVX2 = {
    "BATCHPROP_MAX_ISA": "avx2",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
}


def training_options(work):
    return [word for name, value in work.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def peer_command(script, data, work, form=""):
    return [sys.executable, str(HERE / script), "--data", str(data), *training_options(work), f"--form={form}"]


def peer_environment(threads):
    """The user's own environment; `threads` (None: the library's default) is set where the libraries look for it."""
    environment = dict(os.environ)
    if threads is not None:
        environment.update({name: str(threads) for name in THREAD_VARIABLES})
    return environment


def last_line(file):
    file.seek(0)
    lines = file.read().strip().splitlines()
    return lines[-1] if lines else "ended without a word"


class Worker:
    """A peer's process, kept alive from warm-up to the last round."""

    def __init__(self, script, data, work, threads=None, form=""):
        self.form = form
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            peer_command(script, data, work, form),
            env=peer_environment(threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.epochs = []
        self.version = self.read()["version"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise RuntimeError(last_line(self.errors))
        return json.loads(line)

    def epoch(self):
        self.process.stdin.write("epoch\n")
        self.process.stdin.flush()
        self.epochs.append(self.read())
        return self.epochs[-1]

    def close(self):
        self.process.stdin.close()
        peak = self.read()["peak_memory_bytes"]
        self.process.wait()
        return peak


def run_to_end(command, environment=None):
    """Runs a program that prints JSON lines: (those lines, wall seconds, peak memory in bytes)."""
    errors = tempfile.TemporaryFile("w+")
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    output = process.stdout.read()
    # wait4 instead of wait: it also tells the peak memory of just this child.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {last_line(errors)}")
    unit = 1 if sys.platform == "darwin" else 1024
    return [json.loads(line) for line in output.splitlines()], seconds, usage.ru_maxrss * unit


def batchprop_command(program, data, work, epochs, threads, seed=0):
    return [
        *(str(program), "train", "--json", "--data", str(data), *training_options(work)),
        *("--epochs", str(epochs), "--threads", str(threads), "--seed", str(seed)),
    ]


def batchprop_epochs(program, data, work, epochs, threads, seed):
    """One batchprop training as one round's measurement: the median of its epochs after the first."""
    events, _, peak = run_to_end(batchprop_command(program, data, work, epochs, threads, seed))
    trained = [event for event in events if event["event"] == "epoch"]
    counted = trained[1:]
    return {
        "train_seconds": statistics.median(event["train_seconds"] for event in counted),
        "eval_seconds": statistics.median(event["eval_seconds"] for event in counted),
        "correct": [event["correct"] for event in trained],
        "peak_memory_bytes": peak,
    }
