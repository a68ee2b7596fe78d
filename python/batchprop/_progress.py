"""What `verbose` shows: a bar on a terminal where tqdm is installed, otherwise scikit-learn's lines."""

from __future__ import annotations

import sys
from typing import Any


class Progress:
    """Shows epochs while a ``with`` block trains them."""

    def __init__(self, verbose, epochs: int) -> None:
        self.verbose = bool(verbose)
        self.bar = _bar(epochs) if self.verbose else None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def epoch(self, iteration: int, info: dict[str, Any]) -> None:
        """An epoch is done."""
        if self.bar is not None:
            shown = {key: info[key] for key in ("loss", "validation_score") if key in info}
            self.bar.set_postfix(shown, refresh=False)
            self.bar.update()
        elif self.verbose:
            print(f"Iteration {iteration}, loss = {info['loss']:.8f}")
            if "validation_score" in info:
                print(f"Validation score: {info['validation_score']:f}")

    def say(self, message: str) -> None:
        """Something happened between epochs."""
        if self.bar is not None:
            self.bar.write(message)
        elif self.verbose:
            print(message)


def _bar(epochs: int):
    if not (hasattr(sys.stderr, "isatty") and sys.stderr.isatty()):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(total=epochs, unit="epoch")
