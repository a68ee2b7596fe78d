#!/usr/bin/env bash
# Builds the Python package's wheel twice, which must give the same content, installs it into an empty environment and runs the
# package's tests there. $1 is the program whose weights they compare with.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."

environment=target/python
python3 -m venv --clear "$environment"
pip=("$environment/bin/pip" --quiet --disable-pip-version-check)
rm -rf target/wheels
for turn in 1 2; do
    # Compiled anew.
    touch python/src/lib.rs
    "${pip[@]}" wheel --no-deps --wheel-dir "target/wheels/$turn" ./python
done
python3 - target/wheels/*/*.whl <<'PYTHON'
import sys
import zipfile

def content(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}

first, second = map(content, sys.argv[1:])
differing = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
sys.exit(f"the two wheels differ in {differing}" if differing else 0)
PYTHON
"${pip[@]}" install target/wheels/1/*.whl -r python/tests/requirements.txt
BATCHPROP_PROGRAM=$program "$environment/bin/python" -m pytest -q -p no:cacheprovider python/tests
