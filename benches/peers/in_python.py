#!/usr/bin/env python3
"""batchprop.MLPClassifier beside scikit-learn's, in one process and in turn, on MNIST in single precision.

    BATCHPROP_DATA=path/to/mnist python3 benches/peers/in_python.py [--rounds 3] [--seeds 5]

Prints the median seconds of both, how many times as fast ours is (the median over the rounds), and with --seeds accuracies
on the test images.
"""

import argparse
import statistics
import time
import warnings

from sklearn.neural_network import MLPClassifier as Theirs

import batchprop


def jobs(split):
    """What is timed: a name, and what to do with a class."""
    X, y, X_test, _ = split
    adam = dict(hidden_layer_sizes=(100,), batch_size=200, tol=0.0, n_iter_no_change=100, random_state=0)
    small = dict(hidden_layer_sizes=(30,), solver="sgd", momentum=0, learning_rate_init=0.1, batch_size=10, random_state=0)
    fitted = {kind: kind(**adam, max_iter=1).fit(X, y) for kind in (batchprop.MLPClassifier, Theirs)}
    yield "fit 784-100-10, Adam, B = 200, 10 epochs", lambda kind: kind(**adam, max_iter=10).fit(X, y)
    yield "fit 784-100-10, Adam, B = 200, 1 epoch", lambda kind: kind(**adam, max_iter=1).fit(X, y)
    yield "fit 784-30-10, SGD, B = 10, 1 epoch", lambda kind: kind(**small, max_iter=1).fit(X, y)
    yield "predict 10,000", lambda kind: fitted[kind].predict(X_test)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    split = batchprop.mnist()
    kinds = (batchprop.MLPClassifier, Theirs)
    for name, work in jobs(split):
        rounds = [[seconds(lambda: work(kind)) for kind in kinds] for _ in range(options.rounds)]
        ours, theirs = (statistics.median(times) for times in zip(*rounds))
        ratio = statistics.median(theirs / ours for ours, theirs in rounds)
        print(f"{name:42} {ours:8.3f} s {theirs:8.3f} s {ratio:6.1f} times as fast", flush=True)
    X, y, X_test, y_test = split
    scores = [
        [kind(100, batch_size=200, max_iter=10, random_state=seed).fit(X, y).score(X_test, y_test) for kind in kinds]
        for seed in range(options.seeds)
    ]
    for kind, accuracies in zip(kinds, zip(*scores)):
        mean, deviation = statistics.mean(accuracies), statistics.pstdev(accuracies)
        print(f"{kind.__module__.split('.')[0]:10} {mean:.2%} ± {deviation:.2%}: {', '.join(f'{it:.2%}' for it in accuracies)}")


if __name__ == "__main__":
    main()
