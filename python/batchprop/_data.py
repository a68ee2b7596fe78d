"""Digits to learn from, and their distortions."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array

from . import _batchprop as core
from ._parameters import augmentation, threads


class Split(NamedTuple):
    """Samples to train on and to test on."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def digits(n_samples: int = 10000, *, random_state: int = 0, dtype="float32") -> tuple[np.ndarray, np.ndarray]:
    """Draw synthetic handwritten digits: no download, different in each seed.

    Parameters
    ----------
    n_samples : int, default=10000
        How many.
    random_state : int, default=0
        The seed.
    dtype : {'float32', 'float64', 'uint8'}, default='float32'
        Floats are k / 256 of bytes k.

    Returns
    -------
    X : ndarray of shape (n_samples, 784)
        Images of 28 × 28 pixels, row by row.
    y : ndarray of shape (n_samples,)
        The digits, 0 to 9.

    Examples
    --------
    >>> import batchprop
    >>> X, y = batchprop.digits(100)
    >>> X.shape, X.dtype.name, sorted(set(y.tolist()))
    ((100, 784), 'float32', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    if n_samples < 1:
        raise ValueError(f"n_samples {n_samples}: expected 1 or more")
    X, y = core.digits(int(random_state), int(n_samples), 0, threads(None))
    return _pixels(X, dtype), y.astype(np.int64)


def mnist(path=None, *, dtype="float32") -> Split:
    """Read MNIST, or another data set of images, from a file or a folder.

    Parameters
    ----------
    path : path-like, default=None
        A folder with the four files of MNIST, ``mnist.pkl.gz``, an ``.npz``, or any other form that the program reads.
        ``None`` means the environment variable ``BATCHPROP_DATA``, or else the folder ``data``.
    dtype : {'float32', 'float64', 'uint8'}, default='float32'
        Floats are k / 256 of bytes k, as in the article's data.

    Returns
    -------
    split : named tuple of X_train, y_train, X_test, y_test
        MNIST's 60,000 training images, the last 10,000 of which are usually for validation, and 10,000 test images.

    Raises
    ------
    FileNotFoundError
        When there is no data at `path`.

    Examples
    --------
    >>> import os, tempfile
    >>> import batchprop, numpy as np
    >>> X, y = batchprop.digits(100, dtype="uint8")
    >>> path = os.path.join(tempfile.mkdtemp(), "digits.npz")
    >>> np.savez(path, x_train=X[:80].reshape(-1, 28, 28), y_train=y[:80], x_test=X[80:].reshape(-1, 28, 28), y_test=y[80:])
    >>> X_train, y_train, X_test, y_test = batchprop.mnist(path)
    >>> X_train.shape, X_test.shape
    ((80, 784), (20, 784))
    """
    if path is None:
        path = os.environ.get("BATCHPROP_DATA", "data")
    training, validation, test, _, names = core.read(path)
    names = None if names is None else np.array(names)

    def labels(y):
        return y.astype(np.int64) if names is None else names[y]

    X = np.concatenate([training[0], validation[0]])
    y = np.concatenate([training[1], validation[1]])
    return Split(_pixels(X, dtype), labels(y), _pixels(test[0], dtype), labels(test[1]))


def _pixels(X: np.ndarray, dtype) -> np.ndarray:
    dtype = np.dtype(dtype)
    if X.dtype == dtype:
        return X
    if dtype == np.uint8:
        return (X * 256).astype(np.uint8)
    scale = 256 if X.dtype == np.uint8 else 1
    return X.astype(dtype) / dtype.type(scale)


def augment(X, preset: str = "all", *, image_shape=None, random_state: int = 0, epoch: int = 0, n_threads=None,
            **bounds) -> np.ndarray:  # fmt: skip
    """Distort images, as other hands would have written them.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Images, row by row. Bytes stay bytes, floats keep their precision.
    preset : {'none', 'shift', 'affine', 'elastic', 'all'}, default='all'
        Which distortions.
    image_shape : tuple of int, default=None
        Rows and columns of an image; None for square ones.
    random_state : int, default=0
        The seed.
    epoch : int, default=0
        In each epoch images are distorted differently.
    n_threads : int, default=None
        As for :class:`batchprop.MLPClassifier`.
    **bounds
        Replace parts of the preset: ``shift`` (whole pixels), ``rotation`` (degrees), ``scale`` (least and largest factor),
        ``shear`` (pixels per pixel of height), ``translation`` (pixels), ``elastic`` (α and σ).

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)

    Examples
    --------
    >>> import batchprop
    >>> X, y = batchprop.digits(10)
    >>> batchprop.augment(X, "none", rotation=15).shape
    (10, 784)
    """
    X = check_array(X, dtype=(np.float64, np.float32, np.uint8), order="C")
    bounds, shape = augmentation({"preset": preset, "image_shape": image_shape, **bounds})
    return core.augment(X, bounds, shape, int(random_state), int(epoch), threads(n_threads))
