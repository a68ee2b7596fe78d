"""Runs the cargo commands that README names, and those in the fences of docs/, in order and each once.

They run as they are written, with these differences:

- `--locked`, and for `cargo test` `--no-fail-fast`, so that one run prints all that fails;
- `cargo run` finds no data, no cache and no network: on a fresh machine without them, it must train on synthetic digits;
- `cargo bench` samples for a short time, and draws without gnuplot; its report must have all pictures;
- `cargo install` installs into target/installed;
- `cargo doc --open` opens nothing, and documents this crate alone.

A command that this program does not know is an error: say here how it is to be run.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import snippets

# Without these, README has lost what CI is to run.
EXPECTED = ["run", "test", "bench"]
SHORT_BENCH = "--warm-up-time 0.1 --measurement-time 0.2 --sample-size 10 --nresamples 1000 --plotting-backend plotters"
BENCH_REPORT = Path("target/documented-bench").absolute()


def main():
    readme = Path("README.md")
    found = snippets.commands(readme) + snippets.inline_cargo_commands(readme)
    for page in sorted(Path("docs").glob("*.md")):
        found += snippets.commands(page)
    shutil.rmtree(BENCH_REPORT, ignore_errors=True)
    done = set()
    for command in found:
        arguments = cargo_arguments(command.text)
        if arguments is None or command.not_run or tuple(arguments) in done:
            continue
        done.add(tuple(arguments))
        print(f"\n--- {command}", flush=True)
        start = time.monotonic()
        run(arguments)
        print(f"--- {time.monotonic() - start:.0f} s", flush=True)
    lost = [f"cargo {it}" for it in EXPECTED if all(arguments[0] != it for arguments in done)]
    if lost:
        sys.exit(f"FAILED: README.md does not name {', '.join(lost)}")


def cargo_arguments(command):
    """What follows `cargo`, or None where another program is called."""
    words = shlex.split(command, comments=True)
    # Already in the environment.
    if words[:1] == ["BATCHPROP_DATA=path/to/mnist"]:
        words = words[1:]
    return words[1:] if words[:1] == ["cargo"] else None


def run(arguments):
    subcommand = arguments[0]
    own, _, program = " ".join(map(shlex.quote, arguments)).partition(" -- ")
    if "--locked" not in own:
        own += " --locked"
    environment = dict(os.environ)
    match subcommand:
        case "build" | "check":
            pass
        case "test":
            own += " --no-fail-fast"
        case "run":
            return run_without_data(f"cargo {own} -- {program}")
        case "bench":
            program = f"{program} {SHORT_BENCH}".strip()
            environment["CRITERION_HOME"] = str(BENCH_REPORT)
        case "install":
            environment["CARGO_INSTALL_ROOT"] = str(Path("target/installed").absolute())
        case "doc":
            own += " --no-deps"
            # The program `true`, and the flags of the step in .ci/run: nothing is documented twice.
            environment |= {"BROWSER": "true", "RUSTDOCFLAGS": "-D warnings"}
        case _:
            sys.exit(f"FAILED: {__file__} does not know how to run cargo {subcommand}")
    call(f"cargo {own} -- {program}" if program else f"cargo {own}", environment)
    if subcommand == "bench":
        check_pictures()


def call(command, environment, **options):
    print(f"$ {command}", flush=True)
    result = subprocess.run(shlex.split(command), env=environment, **options)
    if result.returncode != 0:
        sys.exit(f"FAILED: exit code {result.returncode}: {command}")
    return result


def run_without_data(command):
    with tempfile.TemporaryDirectory() as empty:
        environment = dict(os.environ)
        environment.pop("BATCHPROP_DATA", None)
        environment["XDG_CACHE_HOME"] = empty
        # Nobody listens there: a download fails at once.
        for variable in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"):
            environment[variable] = "http://127.0.0.1:9"
        for variable in ("NO_PROXY", "no_proxy"):
            environment.pop(variable, None)
        # What is built comes from the network or cargo's cache.
        call(command.partition(" -- ")[0].replace("cargo run", "cargo build", 1), os.environ)
        output = call(command, environment, stdout=subprocess.PIPE, text=True).stdout
    print(output, end="", flush=True)
    if "synthetic" not in output:
        sys.exit("FAILED: it did not train on synthetic digits. Is there MNIST in data/?")


def check_pictures():
    """Each benchmark of criterion's report has its pictures."""
    if not (BENCH_REPORT / "report/index.html").is_file():
        sys.exit(f"FAILED: no report in {BENCH_REPORT}")
    benchmarks = [path.parent.parent for path in BENCH_REPORT.glob("**/new/benchmark.json")]
    pictures = [benchmark / "report/pdf.svg" for benchmark in benchmarks]
    missing = [str(path) for path in pictures if not path.is_file() or "</svg>" not in path.read_text()]
    if missing or not pictures:
        sys.exit(f"FAILED: {len(pictures)} benchmarks, no picture in {missing}")
    print(f"{len(pictures)} benchmarks, all with pictures")


if __name__ == "__main__":
    main()
