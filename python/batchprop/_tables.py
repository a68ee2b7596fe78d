"""Samples as the compiled part takes them."""

from __future__ import annotations

import numpy as np
import scipy.sparse


def table(X, byte_scale: float = 1.0):
    """An array as it is, if it is contiguous; a sparse one as its row starts, columns, values and number of columns.

    Bytes of a sparse one are multiplied by `byte_scale` here, those of a dense one where they are read.
    """
    if not scipy.sparse.issparse(X):
        return np.ascontiguousarray(X)
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    values = X.data
    if values.dtype == np.uint8:
        values = values.astype(np.float32) * np.float32(byte_scale)
    columns = X.indices.view(np.uint32) if X.indices.dtype == np.int32 else X.indices.astype(np.uint32)
    return X.indptr.astype(np.uint64), np.ascontiguousarray(columns), np.ascontiguousarray(values), X.shape[1]


def network_dtype(X, dtype, recipe) -> type:
    """The precision of a network that is to learn from `X`."""
    if dtype is not None:
        return np.dtype(dtype).type
    if recipe is not None or X.dtype in (np.float32, np.uint8):
        return np.float32
    return np.float64
