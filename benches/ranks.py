"""One training by the ranks of an MPI job: what a step takes, and a model of more machines.

    python3 benches/ranks.py measure --batchprop target/release/batchprop --data path/to/mnist >ranks.json
    python3 benches/ranks.py predict ranks.json docs/ranks.svg

`measure` runs each network with one process of one and of two threads, and with two ranks of one thread that communicate by shared
memory and by TCP on the loopback interface, in turn. Of each run it keeps the fastest epoch. `predict` prints the tables of
docs/cluster.md and draws its chart.

A step of R ranks takes, in the model,

    C/R + S + (L + 2) (R - 1) λ + (R - 1)/R · V (1/w + 1/W)

- C and S: what ranks share of computing a step and what each repeats, from the measured steps of one process and of two ranks. Two ranks
  on one machine also slow each other down at its memory, and machines do not: so both are scaled to what a node of two threads takes.
- L layers: one gathering of weights for each, one of activations and errors, and one byte that says whether to go on. A gathering
  has R - 1 rounds of latency λ.
- V: bytes that are gathered in a step, all weights, and activations and errors of all units for each image.
- w: bytes a second through TCP on the loopback interface, and so what a core needs to copy them; W: those of the network.
"""

import json
import math
import os
import subprocess
import sys

NETWORKS = ["800-800", "2500-2000-1500-1000-500"]
BATCH_SIZES = [256, 1024, 4096]
# Steps in an epoch for each mini-batch size: enough to measure, few enough to wait for.
STEPS = {256: 12, 1024: 5, 4096: 2}
EPOCHS = 3
# Name: ranks, threads of each, and the transport.
SETTINGS = {
    "one thread": (1, 1, None),
    "two threads": (1, 2, None),
    "shared memory": (2, 1, "self,vader"),
    "TCP": (2, 1, "self,tcp"),
}
NODES = [2, 4, 8, 16, 32, 64]
LINKS = {"10 GbE": 10e9 / 8, "100 GbE": 100e9 / 8}
# Of a switch and two network cards, beside what TCP on the loopback interface takes.
SWITCH_SECONDS = 10e-6
# A node of more cores, if more threads help as much as the second does here; twice the threads, half the time.
MORE_CORES = 16
FLOAT = 4


def layers(network):
    sizes = [784, *map(int, network.split("-")), 10]
    return list(zip(sizes, sizes[1:]))


def gathered_bytes(network, batch_size):
    pairs = layers(network)
    weights = sum(below * above for below, above in pairs)
    activations_and_errors = 2 * sum(above for _, above in pairs) - pairs[-1][1]
    return FLOAT * (weights + activations_and_errors * batch_size)


def measure(program, data, networks, batch_sizes):
    found = []
    for network in networks:
        for batch_size in batch_sizes:
            row = {"network": network, "batch_size": batch_size}
            for name, setting in SETTINGS.items():
                row[name] = step(program, data, network, batch_size, *setting)
                print(network, batch_size, name, row[name], file=sys.stderr, flush=True)
            found.append(row)
    json.dump(found, sys.stdout, indent=1)


def step(program, data, network, batch_size, ranks, threads, transport):
    """Seconds of a step, and those of them that rank 0 communicates."""
    images = STEPS[batch_size] * batch_size
    command = [program, "train", "--data", data, "--hidden", network, "--batch-size", str(batch_size)]
    command += ["--activation", "relu", "--learning-rate", "0.05", "--epochs", str(EPOCHS)]
    command += ["--train-on", "all", "--test-split", str(70_000 - images), "--no-eval"]
    command += ["--threads", str(threads), "--json"]
    if ranks > 1:
        launcher = ["mpirun", "-n", str(ranks), "--oversubscribe", "--bind-to", "none", "--mca", "btl", transport]
        command = launcher + command
    # After an epoch the norm of the last gradient is computed, for which the weights are gathered once more.
    weights = FLOAT * sum(below * above for below, above in layers(network))
    gathered = STEPS[batch_size] * gathered_bytes(network, batch_size)
    steps = STEPS[batch_size] * (gathered + weights) / gathered
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    epochs = [json.loads(line) for line in lines if '"event":"epoch"' in line]
    fastest = min(epochs, key=lambda epoch: epoch["train_seconds"])
    return [fastest["train_seconds"] / STEPS[batch_size], fastest.get("communication_seconds", 0.0) / steps]


def fitted(rows):
    """Latency of a round and bytes a second of TCP on the loopback interface, by least squares of relative errors."""
    # communicated = rounds · λ + bytes / w; both sides divided by what was communicated.
    a11 = a12 = a22 = b1 = b2 = 0.0
    for row in rows:
        communicated = row["TCP"][1]
        x = (len(layers(row["network"])) + 2) / communicated
        y = gathered_bytes(row["network"], row["batch_size"]) / 2 / communicated
        a11, a12, a22, b1, b2 = a11 + x * x, a12 + x * y, a22 + y * y, b1 + x, b2 + y
    determinant = a11 * a22 - a12 * a12
    latency, per_byte = (b1 * a22 - b2 * a12) / determinant, (b2 * a11 - b1 * a12) / determinant
    if latency < 0:
        latency, per_byte = 0.0, b2 / a22
    return latency, 1 / per_byte


def predicted(row, ranks, link, latency, loopback, cores=1):
    """Seconds of a step on `ranks` nodes, each of two threads times `cores`."""
    (alone, _), (node, _) = row["one thread"], row["two threads"]
    # Two ranks on one machine slow each other down as two threads do.
    contention = max(1, 2 * node / alone)
    computing = min(alone, max(alone / 2, (row["TCP"][0] - row["TCP"][1]) / contention))
    shared = 2 * (alone - computing)
    scale = node / alone / cores
    shared, repeated = shared * scale, (alone - shared) * scale
    if ranks == 1:
        return shared + repeated
    rounds = (len(layers(row["network"])) + 2) * (ranks - 1)
    moved = gathered_bytes(row["network"], row["batch_size"]) * (ranks - 1) / ranks
    communicating = rounds * (latency + SWITCH_SECONDS) + moved * (1 / loopback + 1 / link)
    return shared / ranks + repeated + communicating


def title(row):
    return f"784-{row['network']}-10, B = {row['batch_size']}"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def milliseconds(seconds):
    return f"{1000 * seconds:.3g}" if seconds < 1 else f"{1000 * seconds:.0f}"


def predict(rows, picture):
    head = ["milliseconds of a step", "one thread", "two threads"]
    head += ["two ranks, shared memory", "of which communicating", "two ranks, TCP", "of which communicating"]
    cells = [
        [title(row)]
        + [milliseconds(row[name][0]) for name in ("one thread", "two threads")]
        + [milliseconds(seconds) for name in ("shared memory", "TCP") for seconds in row[name]]
        for row in rows
    ]
    table(head, cells)
    latency, loopback = fitted(rows)
    print(f"λ = {latency * 1e6:.0f} µs, w = {loopback / 1e9:.2f} GB/s\n")
    lines = []
    for cores in (1, MORE_CORES):
        cells = []
        for row in rows:
            for link, speed in LINKS.items():
                times = [predicted(row, ranks, speed, latency, loopback, cores) for ranks in [1, *NODES]]
                speedups = [times[0] / time for time in times[1:]]
                cells.append([title(row), link, *(f"{speedup:.2g}" for speedup in speedups)])
                if cores == 1:
                    lines.append((title(row), link, speedups))
        table([f"nodes of {2 * cores} threads", "network", *map(str, NODES)], cells)
    with open(picture, "w", encoding="utf-8") as file:
        file.write(chart(lines))


def chart(lines):
    """Speed against nodes, one panel for each network, both axes logarithmic."""
    width, height, left, top, size = 960, 420, 60, 40, 300
    colours = dict(zip(BATCH_SIZES, ["#E69F00", "#009E73", "#0072B2"]))
    most = max(NODES)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="13" fill="#333333">',
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
    ]

    def text(x, y, words, anchor="middle"):
        parts.append(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>')

    for panel, network in enumerate(NETWORKS):
        x0 = left + panel * width / 2

        def x(nodes, x0=x0):
            return x0 + size * math.log2(nodes) / math.log2(most)

        def y(speedup):
            # From a quarter to as many times as there are nodes.
            return top + size * (1 - (math.log2(max(speedup, 0.25)) + 2) / (math.log2(most) + 2))

        text(x0 + size / 2, top - 16, f"784-{network}-10: speed, one node = 1")
        for nodes in [1, *NODES]:
            parts.append(f'<path d="M{x(nodes):.0f} {y(0.25):.0f}V{y(most):.0f}" stroke="#DDDDDD"/>')
            text(x(nodes), y(0.25) + 18, nodes)
        for speedup in [0.25, 0.5, 1, *NODES]:
            stroke = "#999999" if speedup == 1 else "#DDDDDD"
            parts.append(f'<path d="M{x(1):.0f} {y(speedup):.0f}H{x(most):.0f}" stroke="{stroke}"/>')
            text(x0 - 8, y(speedup) + 4, speedup, "end")
        text(x0 + size / 2, y(0.25) + 38, "nodes of two threads")
        for name, link, speedups in lines:
            if f"-{network}-" not in name:
                continue
            batch_size = int(name.rsplit(" ", 1)[1])
            points = " ".join(f"{x(n):.1f},{y(s):.1f}" for n, s in zip([1, *NODES], [1, *speedups]))
            dashes = ' stroke-dasharray="6 4"' if link == "10 GbE" else ""
            stroke = f'stroke="{colours[batch_size]}" stroke-width="2"{dashes}'
            parts.append(f'<polyline points="{points}" fill="none" {stroke}/>')
    for index, (batch_size, colour) in enumerate(colours.items()):
        x0 = left + 110 * index
        parts.append(f'<path d="M{x0} {height - 12}h20" stroke="{colour}" stroke-width="2"/>')
        text(x0 + 26, height - 8, f"B = {batch_size}", "start")
    text(left + 110 * len(colours), height - 8, "lines: 100 GbE, dashes: 10 GbE", "start")
    return "\n".join([*parts, "</svg>"]) + "\n"


def main():
    match sys.argv[1:]:
        case ["measure", "--batchprop", program, "--data", data, *some]:
            measure(os.path.abspath(program), data, some or NETWORKS, BATCH_SIZES)
        case ["predict", measured, picture]:
            with open(measured, encoding="utf-8") as file:
                predict(json.load(file), picture)
        case _:
            sys.exit(__doc__)


main()
