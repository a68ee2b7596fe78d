#!/usr/bin/env python3
"""Trains MNIST with one option changed at a time, and with the pairs that people choose together: each must reach 88 %.

    python3 tests/defaults.py target/release/batchprop path/to/mnist

Ten epochs each, wide networks fewer, as they need no more. Takes about ten minutes on two cores. Prints a table with the
accuracy of each command, and ends with exit code 1 if one is below. A third argument runs only the commands that contain it:

    python3 tests/defaults.py target/release/batchprop path/to/mnist "--activation relu"
"""

import json
import subprocess
import sys

LEAST = 0.88
ACTIVATIONS = ["tanh", "relu", "leaky-relu", "gelu", "silu", "identity"]
OPTIMIZERS = ["sgd", "momentum", "nesterov", "adam", "adamw"]


def commands():
    """Each command's options, and its epochs."""
    yield "", 10
    for activation in ACTIVATIONS:
        yield f"--activation {activation}", 10
        for optimizer in OPTIMIZERS:
            yield f"--activation {activation} --output-activation softmax --optimizer {optimizer}", 10
    yield "--output-activation softmax", 10
    for cost in ["cross-entropy", "log-likelihood"]:
        yield f"--cost {cost}", 10
    yield "--cost cross-entropy --output-activation softmax", 10
    for optimizer in OPTIMIZERS:
        yield f"--optimizer {optimizer}", 10
    for init in ["normal", "normalised", "xavier", "he", "orthogonal"]:
        yield f"--init {init}", 10
    for hidden in ["10", "30-30", "100", "10-10-10", "30-30-30", "100-100-100"]:
        yield f"--hidden {hidden}", 10
    for hidden, epochs in [("300", 5), ("300-300-300", 5), ("1000", 3), ("1000-1000-1000", 4)]:
        yield f"--hidden {hidden}", epochs
        yield f"--hidden {hidden} --activation relu --output-activation softmax", epochs
    for batch_size in [5, 20, 50, 100, 200]:
        yield f"--batch-size {batch_size}", 10
        for optimizer in OPTIMIZERS[1:]:
            yield f"--batch-size {batch_size} --optimizer {optimizer}", 10
        yield f"--batch-size {batch_size} --activation relu --output-activation softmax", 10


def accuracy(program, data, options, epochs):
    """Of the test images, after the last epoch; None where this BLAS has no LAPACK for orthogonal matrices."""
    command = [program, "train", "--data", data, "--epochs", str(epochs), "--json", *options.split()]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 2 and "orthogonal" in options and "LAPACK" in run.stderr:
        return None
    if run.returncode != 0:
        sys.exit(f"train {options}: {run.stderr}")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    last = [event for event in events if event["event"] == "epoch"][-1]
    return last["correct"] / last["test_images"]


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, data, *only = sys.argv[1:]
    chosen = [(options, epochs) for options, epochs in commands() if all(part in options for part in only)]
    below = 0
    print("accuracy  epochs  options of train")
    for options, epochs in chosen:
        reached = accuracy(program, data, options, epochs)
        if reached is None:
            print(f"       –  {epochs:6}  {options}: not without LAPACK", flush=True)
            continue
        below += reached < LEAST
        mark = "" if reached >= LEAST else "  BELOW"
        print(f"{100 * reached:6.2f} %  {epochs:6}  {options or '(none)'}{mark}", flush=True)
    print(f"{len(chosen)} trainings, {below} below {100 * LEAST:.0f} %")
    sys.exit(below > 0 or not chosen)


if __name__ == "__main__":
    main()
