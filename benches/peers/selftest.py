"""Checks that the peers do the same work: `python3 benches/peers/selftest.py`; needs no MNIST.

The per-sample program must give the parameters that the article's own program gave (tests/golden, to 1e-12); every other
peer, in each of its forms, must give the per-sample program's parameters to 1e-4 after an epoch whose last mini-batch is
shorter. scikit-learn is left out: it has another cost. Peers that are not installed are named and skipped.
"""

import importlib
import sys
from pathlib import Path

import numpy as np

import common
import epochs
import per_sample_numpy

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden" / "seed_12_7_5_3.npz"


def golden():
    file = np.load(GOLDEN)
    pairs = lambda prefix: [(file[f"{prefix}_w{k}"], file[f"{prefix}_b{k}"].ravel()) for k in (1, 2, 3)]
    images = file["x"].T
    data = common.Data(images, file["labels"], images, file["labels"])
    return data, pairs("init"), pairs("final"), float(file["eta"])


def random_digits():
    random = np.random.default_rng(7)
    images = random.random((25, 784), dtype=np.float32) * (random.random((25, 784)) < 0.2)
    labels = random.integers(0, 10, 25)
    return common.Data(images.astype(np.float32), labels, images.astype(np.float32), labels)


def trained(module, data, parameters, batch_size, learning_rate, form):
    trainer = module.build(data, parameters, batch_size, learning_rate, form)
    trainer.train_epoch(np.random.default_rng(3).permutation(len(data.images)))
    trainer.count_correct()
    return trainer.parameters()


def largest_difference(one, other):
    return max(float(np.abs(a - b).max()) for x, y in zip(one, other) for a, b in zip(x, y))


def main():
    failures = 0

    def expect(name, difference, bound):
        nonlocal failures
        good = difference <= bound
        failures += not good
        verdict = "ok  " if good else "FAIL"
        print(f"{verdict} {name}: largest difference {difference:.1e} (at most {bound:.0e})", flush=True)

    data, start, final, learning_rate = golden()
    article = trained(per_sample_numpy, data, start, len(data.images), learning_rate, "")
    expect("per_sample_numpy is the article's program", largest_difference(article, final), 1e-12)

    digits = random_digits()
    parameters = common.initial_parameters([784, 30, 10], seed=0)
    reference = trained(per_sample_numpy, digits, parameters, 10, 3.0, "")
    forms = {script.removesuffix(".py"): forms for _, script, _, forms, _ in epochs.PEERS.values()}
    for name in ("batched_numpy", "with_pytorch", "with_jax"):
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            print(f"skip {name}: {error}")
            continue
        for form in forms[name]:
            label = f"{name} {form}".strip()
            deep = trained(module, data, start, len(data.images), learning_rate, form)
            expect(f"{label}, 12-7-5-3, one mini-batch", largest_difference(deep, final), 1e-4)
            batched = trained(module, digits, parameters, 10, 3.0, form)
            expect(f"{label}, 784-30-10, 25 images in mini-batches of 10", largest_difference(batched, reference), 1e-4)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
