"""Compares batchprop with the article's Python, NumPy, scikit-learn, PyTorch and JAX, whichever are installed.

    python3 -m pip install -r benches/peers/requirements.txt
    python3 benches/peers/run.py --data DIR --batchprop target/release/batchprop

DIR holds the four IDX files of MNIST. The table goes to stdout as Markdown, progress to stderr. How it stays honest:
- the same work: peers share images, starting parameters and shuffles (common.py), selftest.py checks that they compute
  the same steps, and the table shows the accuracy each reached after the same number of epochs;
- the same conditions: every peer is a process of its own, kept alive; in each round every peer trains one epoch and
  evaluates once, in turn, so that a busy machine affects all alike; medians of the rounds are compared;
- everyone's best: a first epoch to compile and warm up is not counted; where a peer has several forms, all are tried and
  the fastest continues. batchprop runs as a user runs it, a new process a round, whose epochs after the first count.
`--avx2` holds every program to AVX2, which most laptops have, on machines that have AVX-512.
Other comparisons: `--whole` (processes from start to end, loading included), `--loading` (reading the files).
"""

import argparse
import json
import os
import sys
from pathlib import Path

import epochs
import loading
import whole
from epochs import PEERS, WORK
from processes import HELD_TO_AVX2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of MNIST's IDX files")
    parser.add_argument("--batchprop", type=Path, help="our program; without it only the peers run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", nargs="+", choices=WORK, default=list(WORK))
    parser.add_argument("--peers", nargs="+", choices=PEERS, help="only these, in every row")
    parser.add_argument("--whole", action="store_true", help="compare whole processes, 30 epochs")
    parser.add_argument("--loading", action="store_true", help="compare loading with `gzip -dc`")
    parser.add_argument("--avx2", action="store_true", help="hold every program to AVX2")
    parser.add_argument("--json", type=Path, help="also write every measurement there")
    options = parser.parse_args()
    if options.avx2:
        os.environ.update(HELD_TO_AVX2)
    comparison = whole if options.whole else loading if options.loading else epochs
    try:
        results = comparison.compare(options)
    except RuntimeError as error:
        sys.exit(f"run.py: {error}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
