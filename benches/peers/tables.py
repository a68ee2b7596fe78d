"""Markdown tables, and a line about the machine they were measured on."""

import os
import platform
import statistics
from pathlib import Path


def machine():
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        models = [line.split(":")[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        cpu = models[0] if models else cpu
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{cpu}, {os.cpu_count()} cores, {system}; load average at the end {load}"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def seconds(value):
    """At least two significant digits: 1.58, 0.135, 0.0021."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}" if value >= 0.1 else f"{value:.4f}"


def spread(values):
    return [seconds(statistics.median(values)), seconds(min(values)), seconds(max(values))]


def ratio(values, ours):
    return f"{statistics.median(values) / statistics.median(ours):.2f} ×" if ours else "–"


def megabytes(peak):
    return f"{peak / 1e6:.0f} MB"


def percent(correct):
    return f"{correct / 100:.2f} %"
