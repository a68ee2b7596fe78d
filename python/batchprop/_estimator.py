"""The classifier: scikit-learn's interface and rules, the library's speed."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import assert_all_finite
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _batchprop as core
from ._fitting import DTYPES, Fitting
from ._parameters import ACTIVATIONS, threads
from ._recipes import RECIPES
from ._tables import table


class MLPClassifier(Fitting, ClassifierMixin, BaseEstimator):
    """Multi-layer perceptron classifier, a drop-in for :class:`sklearn.neural_network.MLPClassifier`.

    Parameters, defaults, fitted attributes and random numbers are scikit-learn's. With the same ``random_state`` it
    takes the same steps as scikit-learn, up to rounding, in less time.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer.

    activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky-relu', 'gelu', 'silu'}, default='relu'
        Activation function of the hidden units. The last three are not in scikit-learn.

    solver : {'sgd', 'adam'}, default='adam'
        How the weights are trained. ``'lbfgs'`` is not available.

    alpha : float, default=0.0001
        Strength of the L2 penalty, which is divided by the size of the mini-batch as in scikit-learn.

    batch_size : int or 'auto', default='auto'
        Samples in a mini-batch; ``'auto'`` is ``min(200, n_samples)``.

    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        Learning rates of ``solver='sgd'`` from epoch to epoch.

    learning_rate_init : float, default=0.001
        The first learning rate.

    power_t : float, default=0.5
        Exponent of ``learning_rate='invscaling'``.

    max_iter : int, default=200
        Most epochs.

    shuffle : bool, default=True
        Whether each epoch meets the samples in another order.

    random_state : int, RandomState instance or None, default=None
        Decides the initial weights, the order of the samples and the validation set.

    tol : float, default=1e-4
        Training ends, or the adaptive learning rate falls, when ``n_iter_no_change`` epochs improve the loss (or the
        validation score) by less.

    verbose : bool, default=False
        Whether progress is shown: a bar on a terminal where tqdm is installed, otherwise a line per epoch.

    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last one.

    momentum : float, default=0.9
        Momentum of ``solver='sgd'``, between 0 and 1.

    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead.

    early_stopping : bool, default=False
        Whether a part of the training samples is set aside, and training ends when their score no longer improves.

    validation_fraction : float, default=0.1
        The part that is set aside.

    beta_1, beta_2 : float, default=0.9 and 0.999
        Decay rates of ``solver='adam'``.

    epsilon : float, default=1e-8
        Added to the deviations of ``solver='adam'``.

    n_iter_no_change : int, default=10
        Epochs without improvement after which training ends.

    max_fun : int, default=15000
        Not used: it belongs to ``solver='lbfgs'``.

    n_threads : int or None, default=None
        Threads. ``None`` takes ``OMP_NUM_THREADS`` where it is set (joblib sets it in its workers), otherwise one per
        core. The result has the same bits with any number of threads.

    dtype : {'float32', 'float64'} or None, default=None
        Precision of the network. ``None`` takes that of `X`: single for float32 and uint8, double for all others.

    augment : {'shift', 'affine', 'elastic', 'all'}, dict or None, default=None
        Distorts the images in `X` anew in each epoch: see :func:`batchprop.augment`, whose keywords a dict holds.

    augment_end : float, default=1.0
        Strength of the distortions in the last of ``max_iter`` epochs, 0 to 1. They start at 1 and weaken linearly.

    dropout : float, default=0.0
        Probability that a hidden unit is dropped for a sample, below 1.

    label_smoothing : float, default=0.0
        The part of each label that is spread over all classes, below 1.

    schedule : {'constant', 'cosine', 'one-cycle'} or None, default=None
        How the learning rate changes from step to step over ``max_iter`` epochs. Not with a ``learning_rate`` other
        than ``'constant'``.

    recipe : {'article', 'book', 'fast', 'balanced', 'best'} or None, default=None
        A named set of options of the program `batchprop`, with its random numbers: the same seed in ``random_state``
        gives the same weights. It decides the functions, the initial weights and the optimizer. It also decides
        ``hidden_layer_sizes``, ``batch_size``, ``learning_rate_init``, ``max_iter``, ``schedule``, ``augment``,
        ``augment_end``, ``dropout`` and ``label_smoothing`` where they are at their defaults. All epochs are trained:
        ``tol`` is not used.
        The network is of single precision unless `dtype` says otherwise, and bytes are pixels, k / 256.

    callback : callable or None, default=None
        Called after each epoch as ``callback(epoch, info)``: the epoch, from 0, and a dict of ``loss``,
        ``learning_rate`` and, with early stopping, ``validation_score``. Training ends when it returns True.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    coefs_ : list of ndarray of shape (n_in, n_out)
        The weights of each layer.
    intercepts_ : list of ndarray of shape (n_out,)
        The biases of each layer.
    loss_ : float
        The loss of the last epoch.
    best_loss_ : float or None
        The least loss; None with early stopping.
    loss_curve_ : list of float
        The loss of each epoch.
    validation_scores_ : list of float or None
        The score on the validation set after each epoch, with early stopping.
    best_validation_score_ : float or None
        The best of them.
    n_iter_ : int
        Epochs.
    t_ : int
        Samples met in all epochs.
    n_layers_, n_outputs_ : int
        Layers of units, and outputs.
    out_activation_ : {'softmax', 'logistic'}
        The function of the outputs.
    n_features_in_ : int
        Features of a sample.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` has names.

    Examples
    --------
    >>> import batchprop
    >>> X, y = batchprop.digits(2000, random_state=0)
    >>> clf = batchprop.MLPClassifier(hidden_layer_sizes=30, max_iter=100, random_state=1)
    >>> clf = clf.fit(X[:1500], y[:1500])
    >>> clf.score(X[1500:], y[1500:]) > 0.8
    True
    """

    _parameter_constraints: dict = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "n_threads": [None, Interval(Integral, 1, None, closed="left")],
        "dtype": [None, StrOptions({"float32", "float64"}), Options(type, {np.float32, np.float64})],
        "augment": [None, StrOptions({"none", "shift", "affine", "elastic", "all"}), dict],
        "augment_end": [Interval(Real, 0, 1, closed="both")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "schedule": [None, StrOptions({"constant", "cosine", "one-cycle"})],
        "recipe": [None, StrOptions(set(RECIPES))],
        "callback": [None, callable],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        n_threads=None,
        dtype=None,
        augment=None,
        augment_end=1.0,
        dropout=0.0,
        label_smoothing=0.0,
        schedule=None,
        recipe=None,
        callback: Callable[[int, dict[str, Any]], bool | None] | None = None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.n_threads = n_threads
        self.dtype = dtype
        self.augment = augment
        self.augment_end = augment_end
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.schedule = schedule
        self.recipe = recipe
        self.callback = callback

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None) -> MLPClassifier:
        """Train a network.

        Ctrl-C raises KeyboardInterrupt and leaves the estimator fitted with the weights reached so far.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples. Arrays of float32, float64 and uint8 are not copied.
        y : array-like of shape (n_samples,)
            Their labels: numbers, strings or anything that can be sorted.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts.

        Returns
        -------
        self : MLPClassifier

        Examples
        --------
        >>> import batchprop
        >>> X, y = batchprop.digits(500)
        >>> clf = batchprop.MLPClassifier(max_iter=50, random_state=0).fit(X, y)
        >>> clf.loss_curve_[-1] < clf.loss_curve_[0]
        True
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _check_solver(self) -> bool:
        if self.solver == "lbfgs":
            raise AttributeError("partial_fit is only available for stochastic optimizers. lbfgs is not stochastic.")
        return True

    @available_if(lambda self: self._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None) -> MLPClassifier:
        """Train one epoch on these samples, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts.
        classes : array-like of shape (n_classes,), default=None
            All labels that there will be; the first call needs them.

        Returns
        -------
        self : MLPClassifier

        Examples
        --------
        >>> import batchprop
        >>> X, y = batchprop.digits(600)
        >>> clf = batchprop.MLPClassifier(random_state=0)
        >>> for start in range(0, 600, 200):
        ...     clf = clf.partial_fit(X[start:start + 200], y[start:start + 200], classes=range(10))
        >>> clf.t_
        600
        """
        if self.recipe is not None:
            raise ValueError("partial_fit does not support recipe: a recipe is a whole run. Use fit.")
        _check_partial_fit_first_call(self, classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X) -> np.ndarray:
        """Predict the label of each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,)

        Examples
        --------
        >>> import batchprop
        >>> X, y = batchprop.digits(500)
        >>> words = ["even" if digit % 2 == 0 else "odd" for digit in y]
        >>> clf = batchprop.MLPClassifier(max_iter=50, random_state=0).fit(X, words)
        >>> sorted(set(clf.predict(X).tolist()))
        ['even', 'odd']
        """
        check_is_fitted(self)
        return self._labels_of(self._outputs(self._validated(X)))

    def predict_proba(self, X) -> np.ndarray:
        """Predict the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)

        Examples
        --------
        >>> import batchprop
        >>> X, y = batchprop.digits(500)
        >>> clf = batchprop.MLPClassifier(max_iter=50, random_state=0).fit(X, y)
        >>> clf.predict_proba(X[:3]).sum(axis=1).round(3).tolist()
        [1.0, 1.0, 1.0]
        """
        check_is_fitted(self)
        outputs = self._outputs(self._validated(X))
        if outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs])
        if self.out_activation_ == "softmax":
            return outputs
        # Independent sigmoids, as scikit-learn's one-vs-rest classifiers.
        sums = outputs.sum(axis=1, keepdims=True)
        return np.divide(outputs, sums, out=np.full_like(outputs, 1 / outputs.shape[1]), where=sums > 0)

    def predict_log_proba(self, X) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)

        Examples
        --------
        >>> import batchprop
        >>> X, y = batchprop.digits(500)
        >>> clf = batchprop.MLPClassifier(max_iter=50, random_state=0).fit(X, y)
        >>> bool((clf.predict_log_proba(X) <= 0).all())
        True
        """
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(p, out=p)

    def save(self, path) -> None:
        """Write the network to a file, in the format that its ending says.

        Parameters
        ----------
        path : path-like
            ``.safetensors``, ``.npz``, ``.json`` (Nielsen's network2, sigmoid networks only) or ``.onnx`` (written for other
            programs; :func:`batchprop.load` does not read it).

        Notes
        -----
        A network of two classes is written with two outputs instead of one, which give the same probabilities. If bytes
        trained it, it is written for pixels k / 256, the program's convention.

        Examples
        --------
        >>> import batchprop, os, tempfile
        >>> X, y = batchprop.digits(500)
        >>> clf = batchprop.MLPClassifier(max_iter=50, random_state=0).fit(X, y)
        >>> clf.save(os.path.join(tempfile.mkdtemp(), "digits.onnx"))
        """
        check_is_fitted(self)
        from ._models import save

        save(self, path)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def __getstate__(self):
        state = dict(super().__getstate__())
        trainer = state.pop("_trainer", None)
        if trainer is not None:
            state["_trainer_state"] = trainer.state()
        return state

    # Input

    def _validated(self, X):
        # That all numbers are finite is checked where they are read.
        return validate_data(
            self, X, accept_sparse="csr", dtype=DTYPES, order="C", ensure_all_finite=False, reset=False
        )

    def _outputs(self, X) -> np.ndarray:
        scale = self._byte_scale()
        try:
            return core.outputs(
                self._parameters(), self._functions(), table(X, scale), scale, threads(self.n_threads)
            )
        except ValueError:
            # scikit-learn's words for NaN and infinity.
            assert_all_finite(X, input_name="X", estimator_name=type(self).__name__)
            raise

    def _parameters(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Weights and biases in one precision, whatever was assigned to the attributes."""
        dtype = np.float32 if np.result_type(*self.coefs_) == np.float32 else np.float64
        return ([np.asarray(coef, dtype) for coef in self.coefs_],
                [np.asarray(biases, dtype) for biases in self.intercepts_])  # fmt: skip

    def _labels_of(self, outputs: np.ndarray) -> np.ndarray:
        index = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(np.intp)
        # A single class has a second one that no sample shows.
        return self.classes_[np.minimum(index, len(self.classes_) - 1)]

    def _functions(self) -> tuple[str, str, str]:
        """The library's names of the network's functions."""
        output = "softmax" if self.out_activation_ == "softmax" else "sigmoid"
        usual = "log-likelihood" if output == "softmax" else "cross-entropy"
        activation = getattr(self, "_activation", self.activation)
        return ACTIVATIONS[activation], output, getattr(self, "_cost", usual)

    def _byte_scale(self) -> float:
        return 1 / 256 if getattr(self, "_bytes_are_pixels", False) else 1.0
