"""The program and the package train the same network from the same options and seed."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import batchprop
from batchprop import _batchprop as core

ROOT = Path(__file__).parents[2]


@pytest.fixture
def program():
    candidates = [os.environ.get("BATCHPROP_PROGRAM"), ROOT / "target/release/batchprop", ROOT / "target/debug/batchprop"]
    found = [path for path in candidates if path and Path(path).is_file()]
    if not found:
        if os.environ.get("CI"):
            pytest.fail("no program: build it, or set BATCHPROP_PROGRAM")
        pytest.skip("no program: build it, or set BATCHPROP_PROGRAM")
    return found[0]


SMALL = {"hidden_layer_sizes": (20, 15), "dropout": 0.1}


@pytest.mark.parametrize(
    ("recipe", "options"),
    [("article", {}), ("fast", {}), ("book", {**SMALL, "augment": "shift"}), ("balanced", SMALL), ("best", SMALL)],
)
def test_weights_are_the_program_s(program, tmp_path, recipe, options):
    X, y = batchprop.digits(900, random_state=1, dtype="uint8")
    data = tmp_path / "digits.npz"
    np.savez(data, x_train=X.reshape(-1, 28, 28), y_train=y, x_test=X[:50].reshape(-1, 28, 28), y_test=y[:50])
    command = [program, "train", "--data", data, "--recipe", recipe, "--train-on", "all", "--epochs", "2", "--seed", "7", "--json"]
    if "dropout" in options:
        command += ["--hidden", "20-15", "--dropout", "0.1"]
    if "augment" in options:
        command += ["--augment", options["augment"]]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    expected = next(event["weights_sha256"] for event in map(json.loads, lines) if "weights_sha256" in event)
    for n_threads in (1, 3):
        clf = batchprop.MLPClassifier(recipe=recipe, max_iter=2, random_state=7, n_threads=n_threads, **options).fit(X, y)
        assert core.sha256((clf.coefs_, clf.intercepts_)) == expected
