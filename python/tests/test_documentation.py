"""The examples of docstrings, of the README and of docs/python.md run, and nothing public goes without."""

import doctest
import importlib
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import batchprop

MODULES = ["batchprop", "batchprop._estimator", "batchprop._data", "batchprop._models"]
README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    assert result.attempted > 0


@pytest.mark.filterwarnings("ignore")
def test_readme(monkeypatch, tmp_path):
    """Its first example needs MNIST; here it learns synthetic digits."""
    monkeypatch.chdir(tmp_path)
    X, y = batchprop.digits(1500)
    monkeypatch.setattr(batchprop, "mnist", lambda: batchprop.Split(X[:1200], y[:1200], X[1200:], y[1200:]))
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        exec(compile(block, str(README), "exec"), {})


def test_every_parameter_is_explained():
    explained = re.findall(r"^    (\w+(?:, \w+)*) : ", batchprop.MLPClassifier.__doc__, re.MULTILINE)
    names = {name for line in explained for name in line.split(", ")}
    missing = set(batchprop.MLPClassifier().get_params()) - names
    assert not missing


def public():
    """Functions and methods that users call."""
    functions = [batchprop.augment, batchprop.digits, batchprop.load, batchprop.mnist]
    methods = [it for it in vars(batchprop.MLPClassifier).values() if getattr(it, "__module__", "").startswith("batchprop")]
    return functions + [it for it in methods if not it.__name__.startswith("_")]


@pytest.mark.parametrize("function", public(), ids=lambda function: function.__name__)
def test_every_function_has_an_example_and_says_what_it_returns(function):
    assert ">>> " in function.__doc__
    assert "return" in function.__annotations__


PAGE = Path(__file__).parents[2] / "docs/python.md"
EXAMPLES = re.findall(r"\$ python (python/examples/\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def test_the_page_shows_all_examples():
    scripts = (PAGE.parents[1] / "python/examples").glob("*.py")
    assert sorted(script for script, _ in EXAMPLES) == sorted(f"python/examples/{script.name}" for script in scripts)


@pytest.mark.parametrize(("script", "output"), EXAMPLES)
def test_the_examples_print_what_the_page_shows(script, output):
    """Numbers may differ a little: NumPy and SciPy round differently on other machines."""
    if script.endswith("images.py") and not os.environ.get("BATCHPROP_DATA"):
        pytest.skip("no MNIST: set BATCHPROP_DATA")
    command = [sys.executable, "-W", "ignore", PAGE.parents[1] / script]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert NUMBER.sub("#", found) == NUMBER.sub("#", output)
    numbers = [[float(number.replace(",", "")) for number in NUMBER.findall(text)] for text in (found, output)]
    assert numbers[0] == pytest.approx(numbers[1], rel=0.05)
