"""Networks in files."""

from __future__ import annotations

import numpy as np

from . import _batchprop as core
from ._estimator import MLPClassifier
from ._parameters import ACTIVATIONS


def save(estimator: MLPClassifier, path) -> None:
    """Write the network of a fitted estimator to `path`."""
    classes = estimator.classes_
    if len(classes) < 2:
        raise ValueError(f"a network of one class ({classes[0]!r}) cannot be saved: expected two or more")
    coefs, intercepts = estimator._parameters()
    if coefs[-1].shape[1] == 1:
        # (σ(-z), σ(z)) = (1 - σ(z), σ(z))
        coefs[-1] = np.hstack([-coefs[-1], coefs[-1]])
        intercepts[-1] = np.concatenate([-intercepts[-1], intercepts[-1]])
    if getattr(estimator, "_trained_on_bytes", False) and estimator._byte_scale() == 1.0:
        coefs[0] = coefs[0] * coefs[0].dtype.type(256)
    is_numbered = np.issubdtype(classes.dtype, np.integer) and np.array_equal(classes, np.arange(len(classes)))
    names = None if is_numbered else [str(label) for label in classes]
    core.save(path, (coefs, intercepts), estimator._functions(), names)


def load(path, *, activation: str | None = None, output: str | None = None) -> MLPClassifier:
    """Read a network that batchprop or another program saved.

    Parameters
    ----------
    path : path-like
        ``.safetensors``, ``.npz`` or ``.json`` (Nielsen's network2).
    activation : str, default=None
        The activation function of the hidden units, such as ``'relu'``: for a file of another program, which does not
        say it.
    output : {'softmax', 'logistic'} or None, default=None
        The function of the outputs, likewise.

    Returns
    -------
    clf : MLPClassifier
        A fitted classifier. To it bytes are pixels, k / 256. Its labels are the names of the classes in the file; names that
        are all numbers become numbers.

    Examples
    --------
    >>> import batchprop, os, tempfile
    >>> X, y = batchprop.digits(500, random_state=0)
    >>> clf = batchprop.MLPClassifier(hidden_layer_sizes=10, max_iter=3, recipe="article").fit(X, y)
    >>> path = os.path.join(tempfile.mkdtemp(), "digits.safetensors")
    >>> clf.save(path)
    >>> bool((batchprop.load(path).predict(X) == clf.predict(X)).all())
    True
    """
    if activation is not None:
        activation = ACTIVATIONS.get(activation, activation)
    if output == "logistic":
        output = "sigmoid"
    (coefs, intercepts), (activation, output, cost), names = core.load(path, activation, output)
    activation = {ours: theirs for theirs, ours in ACTIVATIONS.items()}[activation]
    hidden = tuple(len(biases) for biases in intercepts[:-1])
    clf = MLPClassifier(hidden_layer_sizes=hidden, activation=activation)
    clf.coefs_, clf.intercepts_ = coefs, intercepts
    clf.classes_ = np.arange(len(intercepts[-1])) if names is None else _classes(names)
    clf.n_features_in_ = coefs[0].shape[0]
    clf.n_outputs_, clf.n_layers_ = len(intercepts[-1]), len(coefs) + 1
    clf.out_activation_ = "softmax" if output == "softmax" else "logistic"
    clf._start_history()
    clf._activation, clf._cost, clf._bytes_are_pixels = activation, cost, True
    return clf


def _classes(names: list[str]) -> np.ndarray:
    """Labels of these names: truth values or numbers, if all names are what Python calls such a value."""
    if set(names) == {"False", "True"}:
        return np.array([name == "True" for name in names])
    for kind in (int, float):
        try:
            labels = [kind(name) for name in names]
        except ValueError:
            continue
        if np.isfinite(labels).all() and [str(label) for label in labels] == names:
            return np.array(labels)
    return np.array(names)
