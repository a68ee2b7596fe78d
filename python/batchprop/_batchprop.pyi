from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Parameters = tuple[list[NDArray[Any]], list[NDArray[Any]]]
_Names = tuple[str, str, str]
_State = tuple[int, list[_Parameters]]
_Labelled = tuple[NDArray[Any], NDArray[np.uint16]]

class Trainer:
    def __init__(
        self,
        parameters: _Parameters,
        names: _Names,
        optimizer: dict[str, Any],
        dropout: float,
        label_smoothing: float,
        seed: int,
    ) -> None: ...
    def set_samples(
        self,
        samples: Any,
        labels: list[int],
        weights: list[float],
        byte_scale: float,
        batch_size: int,
        augment: dict[str, Any] | None,
        shape: tuple[int, int] | None,
        seed: int,
        threads: int,
    ) -> None: ...
    def forget_samples(self) -> None: ...
    def epoch(
        self,
        order: NDArray[np.uint32],
        rates: tuple[float, str, int, int],
        strengths: tuple[float, int],
        epoch: int,
        threads: int,
    ) -> tuple[float, int]: ...
    def parameters(self) -> _Parameters: ...
    def set_parameters(self, parameters: _Parameters) -> None: ...
    def state(self) -> _State: ...
    def restore(self, state: _State, factor: float) -> None: ...

class Shuffle:
    def __init__(self, samples: int, seed: int) -> None: ...
    def next(self) -> NDArray[np.uint32]: ...

def initial(sizes: list[int], initialisation: str, seed: int, double: bool) -> _Parameters: ...
def outputs(
    parameters: _Parameters, names: _Names, samples: Any, byte_scale: float, threads: int
) -> NDArray[Any]: ...
def sha256(parameters: _Parameters) -> str: ...
def save(
    path: str | PathLike[str], parameters: _Parameters, names: _Names, class_names: list[str] | None
) -> None: ...
def load(
    path: str | PathLike[str], activation: str | None = ..., output: str | None = ...
) -> tuple[_Parameters, _Names, list[str] | None]: ...
def digits(seed: int, training: int, test: int, threads: int) -> _Labelled: ...
def read(
    path: str | PathLike[str],
) -> tuple[_Labelled, _Labelled, _Labelled, tuple[int, int], list[str] | None]: ...
def preset(name: str) -> dict[str, Any]: ...
def augment(
    samples: NDArray[Any], bounds: dict[str, Any], shape: tuple[int, int] | None, seed: int, epoch: int, threads: int
) -> NDArray[Any]: ...
