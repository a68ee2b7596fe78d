"""Runs the commands of README.md and docs/*.md, but cargo's, as they are written and in their order.

    python3 .ci/pages.py FIXTURES PROGRAM MNIST [PAGE…]

Each page begins in a folder of its own, which is its home as well and holds the files that `fixtures.py` writes: there, MNIST is so
small that the longest training takes seconds. `tests`, `benches` and `target` are the repository's, and `path/to/mnist` stands for the
whole of MNIST. A command must end with exit code 0; one below which the page shows `error: …` must end with that very error.
`batchprop serve` and `batchprop train --serve` are interrupted as soon as they have printed their address.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cargo_commands
import snippets

TIMEOUT = 300
REPOSITORY = Path.cwd()


def main():
    fixtures, program, mnist, *pages = sys.argv[1:]
    pages = [Path(page) for page in pages] or [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
    failures = [failure for page in pages for failure in run_page(page, fixtures, program, mnist)]
    for failure in failures:
        print(f"FAILED: {failure}")
    sys.exit(1 if failures else 0)


def run_page(page, fixtures, program, mnist):
    """Runs a page's commands; yields what fails. The rest of the page is run all the same."""
    commands = [it for it in snippets.commands(page) if cargo_commands.cargo_arguments(it.text) is None]
    if not commands:
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder).resolve()
        subprocess.run(["cp", "-r", f"{fixtures}/.", str(folder)], check=True)
        for name in ("tests", "benches", "target"):
            (folder / name).symlink_to(REPOSITORY / name)
        (folder / "bin").mkdir()
        (folder / "bin/batchprop").symlink_to(Path(program).resolve())
        environment = {**os.environ, "HOME": str(folder), "PATH": f"{folder}/bin:{os.environ['PATH']}", "COLUMNS": "120"}
        for variable in ("BATCHPROP_DATA", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            environment.pop(variable, None)
        directory, fence = folder, None
        for command in commands:
            if command.not_run:
                print(f"--- {command}\n    not run: {command.not_run}", flush=True)
                continue
            if command.fence != fence:
                directory, fence = folder, command.fence
            print(f"--- {command}", flush=True)
            text = command.text.replace("path/to/mnist", str(Path(mnist).resolve()))
            if text.startswith("cd "):
                directory = directory / text.removeprefix("cd ").strip()
                continue
            start = time.monotonic()
            if failure := run(command, text, directory, environment):
                yield f"{command}: {failure}"
            print(f"    {time.monotonic() - start:.1f} s", flush=True)


def run(command, text, directory, environment):
    """Runs a command; what was wrong with it, or None."""
    if text.startswith("batchprop serve") or " --serve" in text:
        return serve(text, directory, environment)
    try:
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=directory, env=environment, timeout=TIMEOUT, capture_output=True, text=True, errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"took longer than {TIMEOUT} s"
    if command.error is None:
        return None if result.returncode == 0 else f"exit code {result.returncode}: {result.stderr.strip()}"
    if result.returncode == 0:
        return f"exit code 0, but the page shows {command.error}"
    return None if command.error in result.stderr else f"the page shows {command.error}, it printed {result.stderr.strip()}"


def serve(text, directory, environment):
    """Starts the server, waits for its address, and interrupts it."""
    server = subprocess.Popen(
        ["bash", "-c", f"exec {text}"],
        cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    address = server.stdout.readline()
    server.send_signal(signal.SIGINT)
    try:
        code = server.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        server.kill()
        return "does not end when it is interrupted"
    if not address.startswith("http://"):
        return f"shows no address, but {address!r}"
    # Training that is interrupted ends with the signal's code, unless it was over.
    expected = (0, 130) if " --serve" in text else (0,)
    return None if code in expected else f"exit code {code} after an interrupt"


if __name__ == "__main__":
    main()
