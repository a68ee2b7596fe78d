"""Parameters as the compiled part takes them."""

from __future__ import annotations

import os

from . import _batchprop as core

#: scikit-learn's names of activation functions, and the library's.
ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "leaky-relu": "leaky-relu",
    "gelu": "gelu",
    "silu": "silu",
}


def threads(n_threads: int | None) -> int:
    """As many threads as asked for; else what OpenMP is allowed, which joblib sets in its workers; else one per core."""
    if n_threads is not None:
        return int(n_threads)
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    if allowed.isdigit() and int(allowed) > 0:
        return int(allowed)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def augmentation(augment) -> tuple[dict | None, tuple[int, int] | None]:
    """The bounds of distortions, and the shape of the images if it is given."""
    if augment is None or augment == "none":
        return None, None
    if isinstance(augment, str):
        return core.preset(augment), None
    given = dict(augment)
    shape = given.pop("image_shape", None)
    bounds = core.preset(given.pop("preset", "none"))
    unknown = set(given) - set(bounds)
    if unknown:
        expected = ", ".join(["preset", "image_shape", *sorted(bounds)])
        raise ValueError(f"augment: unknown key {sorted(unknown)[0]!r}; expected {expected}")
    return {**bounds, **given}, None if shape is None else (int(shape[0]), int(shape[1]))
