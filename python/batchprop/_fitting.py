"""How `fit` and `partial_fit` train: scikit-learn's rules for each epoch, whose steps the compiled part takes."""

from __future__ import annotations

import warnings
from numbers import Integral

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, column_or_1d, shuffle
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight, validate_data

from . import _batchprop as core
from ._parameters import augmentation, threads
from ._progress import Progress
from ._recipes import settings_of
from ._tables import network_dtype, table

#: What is trained on as it is; anything else becomes the first of them.
DTYPES = (np.float64, np.float32, np.uint8)

_NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may"
    " contain large values and need to be preprocessed."
)


class _Optimizer:
    """The optimizer's learning rate, where scikit-learn's users look for it."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate


class Fitting:
    """The part of :class:`batchprop.MLPClassifier` that trains."""

    def _validate_input(self, X, y, incremental: bool, reset: bool):
        X, y = validate_data(
            self, X, y, accept_sparse="csr", multi_output=True, dtype=DTYPES, order="C", reset=reset
        )
        if type_of_target(y).startswith("multilabel"):
            raise ValueError(
                "Multilabel targets are not supported: a sample has one class. Train one network per label with "
                "sklearn.multioutput.MultiOutputClassifier(batchprop.MLPClassifier()), or use "
                "sklearn.neural_network.MLPClassifier."
            )
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self.classes_ = unique_labels(y)
        else:
            classes = unique_labels(y)
            if self.warm_start:
                if set(classes) != set(self.classes_):
                    raise ValueError(
                        "warm_start can only be used where `y` has the same "
                        "classes as in the previous call to fit. Previously "
                        f"got {self.classes_}, `y` has {classes}"
                    )
            elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
                raise ValueError(
                    "`y` has classes not in `self.classes_`. "
                    f"`self.classes_` has {self.classes_}. 'y' has {classes}."
                )
        if len(self.classes_) > 65536:
            raise ValueError(f"y has {len(self.classes_)} classes; at most 65536 are supported")
        return X, encoded(y, self.classes_)

    def _fit(self, X, y, sample_weight, incremental: bool):
        if self.solver == "lbfgs":
            raise ValueError(
                "solver='lbfgs' is not available: choose solver='adam' or solver='sgd', or "
                "sklearn.neural_network.MLPClassifier for L-BFGS"
            )
        settings = settings_of(self)
        if not incremental:
            self.__dict__.pop("_trainer", None)
        first_pass = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        X, y = self._validate_input(X, y, incremental, reset=first_pass)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        self._random_state = check_random_state(self.random_state)
        self._trained_on_bytes = X.dtype == np.uint8
        if first_pass:
            self._initialize(X, settings)
        elif self.early_stopping and self.validation_scores_ is None:
            self._start_history()
        try:
            self._train(X, y, sample_weight, incremental, settings)
        finally:
            if hasattr(self, "_trainer"):
                self.coefs_, self.intercepts_ = self._trainer.parameters()
                self._trainer.forget_samples()
        if self.early_stopping:
            self.coefs_, self.intercepts_ = self._best
        if not all(np.isfinite(weights).all() for weights in [*self.coefs_, *self.intercepts_]):
            raise ValueError(_NON_FINITE)
        return self

    def _initialize(self, X, settings) -> None:
        """Draws the first weights, and forgets what was learned before."""
        n_classes = len(self.classes_)
        self._bytes_are_pixels = self.recipe is not None
        self._activation, self._cost = settings.activation, settings.cost
        self.out_activation_ = settings.output or ("softmax" if n_classes > 2 else "logistic")
        if self._cost is None:
            self._cost = "log-likelihood" if self.out_activation_ == "softmax" else "cross-entropy"
        self.n_outputs_ = max(n_classes, 2) if n_classes > 2 or self.recipe is not None else 1
        units = [X.shape[1], *settings.hidden, self.n_outputs_]
        self.n_layers_ = len(units)
        dtype = network_dtype(X, self.dtype, self.recipe)
        if self.recipe is not None:
            self._seed = _seed(self.random_state, self._random_state)
            self.coefs_, self.intercepts_ = core.initial(units, settings.init, self._seed, dtype == np.float64)
        else:
            self.coefs_, self.intercepts_ = [], []
            # Glorot and Bengio 2010, in the order in which scikit-learn draws.
            factor = 2.0 if self.activation == "logistic" else 6.0
            for n_in, n_out in zip(units[:-1], units[1:]):
                bound = np.sqrt(factor / (n_in + n_out))
                self.coefs_.append(self._random_state.uniform(-bound, bound, (n_in, n_out)).astype(dtype, copy=False))
                self.intercepts_.append(self._random_state.uniform(-bound, bound, n_out).astype(dtype, copy=False))
        self._start_history()

    def _start_history(self) -> None:
        """The record of the epochs, before the first one."""
        self._best = (self.coefs_, self.intercepts_)
        self.n_iter_ = self.t_ = 0
        self.loss_curve_ = []
        self._no_improvement_count = 0
        if self.early_stopping:
            self.validation_scores_ = []
            self.best_validation_score_ = -np.inf
            self.best_loss_ = None
        else:
            self.best_loss_ = np.inf
            self.validation_scores_ = None
            self.best_validation_score_ = None

    def _start_trainer(self, settings, incremental: bool, n_samples: int) -> None:
        """A trainer of the present weights; of `partial_fit`, with the memory of the last call."""
        goes_on = incremental and hasattr(self, "_optimizer")
        if goes_on and hasattr(self, "_trainer"):
            self._trainer.set_parameters(self._parameters())
            return
        optimizer = {
            "rule": settings.rule,
            # The library's momentum forgets, if ever so slowly.
            "momentum": min(float(self.momentum), np.nextafter(1.0, 0.0)),
            "beta1": float(self.beta_1),
            "beta2": float(self.beta_2),
            "epsilon": float(self.epsilon),
            "l2": settings.l2 / n_samples,
            "alpha": None if self.recipe is not None else float(self.alpha),
        }
        if self.recipe is None:
            draws = settings.dropout > 0 or settings.augment is not None
            if draws and not goes_on:
                self._seed = int(self._random_state.randint(2**31))
        seed = getattr(self, "_seed", 0)
        self._trainer = core.Trainer(
            self._parameters(), self._functions(), optimizer, settings.dropout, settings.label_smoothing, seed
        )
        state = self.__dict__.pop("_trainer_state", None)
        if goes_on and state is not None:
            self._trainer.restore(state, 1.0)
        if not goes_on:
            self._optimizer = _Optimizer(float(settings.learning_rate))

    def _train(self, X, y, sample_weight, incremental: bool, settings) -> None:
        n_samples = X.shape[0]
        training, validation = np.arange(n_samples), None
        if self.early_stopping:
            training, validation = self._split(y)
            X_val, y_val = X[validation], self.classes_[y[validation]]
            weight_val = None if sample_weight is None else sample_weight[validation]
        n_training = len(training)
        batch_size = settings.batch_size
        if batch_size == "auto":
            batch_size = min(200, n_training)
        elif batch_size > n_training:
            if self.recipe is None:
                warnings.warn(
                    "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=4
                )
            batch_size = n_training

        self._start_trainer(settings, incremental, n_training)
        # The only output of two classes stands for the second; a label without an output for the first.
        labels = (1 - y if self.n_outputs_ == 1 else y).tolist()
        self._trainer.set_samples(
            table(X, self._byte_scale()),
            labels,
            [] if sample_weight is None else sample_weight.tolist(),
            self._byte_scale(),
            int(batch_size),
            *augmentation(settings.augment),
            getattr(self, "_seed", 0),
            threads(self.n_threads),
        )
        epochs = 1 if incremental else settings.epochs
        steps_an_epoch = -(-n_training // batch_size)
        # scikit-learn shuffles the last epoch's order, the library likewise; their generators differ.
        order = np.arange(n_training, dtype=int)
        draw = core.Shuffle(n_training, self._seed) if self.recipe is not None and self.shuffle else None
        if not incremental:
            self.n_iter_ = 0
        with Progress(self.verbose, epochs) as progress:
            for epoch in range(epochs):
                if draw is not None:
                    order = draw.next()
                elif self.shuffle:
                    order = shuffle(order, random_state=self._random_state)
                rate = self._optimizer.learning_rate
                # Each call of partial_fit is another epoch.
                number = len(self.loss_curve_) if incremental else epoch
                loss, seen = self._trainer.epoch(
                    np.ascontiguousarray(training[order], np.uint32),
                    (rate, settings.schedule, steps_an_epoch, steps_an_epoch * settings.epochs),
                    (settings.augment_end, settings.epochs),
                    number,
                    threads(self.n_threads),
                )
                if seen < n_training or not np.isfinite(loss):
                    raise ValueError(_NON_FINITE)
                self.n_iter_ = self.n_iter_ + 1 if not incremental else 1
                self.loss_ = loss / n_training
                self.t_ += n_training
                self.loss_curve_.append(self.loss_)
                info = {"loss": self.loss_, "learning_rate": rate}
                if self.early_stopping:
                    self.coefs_, self.intercepts_ = self._trainer.parameters()
                    score = float(accuracy_score(y_val, self._labels_of(self._outputs(X_val)), sample_weight=weight_val))
                    self.validation_scores_.append(score)
                    info["validation_score"] = score
                progress.epoch(self.n_iter_, info)
                self._count_epochs_without_improvement()
                self._change_rate(settings)
                if self.callback is not None and self.callback(epoch, info) is True:
                    break
                if self._is_over(settings, progress):
                    break
                if not incremental and self.recipe is None and self.n_iter_ == self.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization "
                        "hasn't converged yet.",
                        ConvergenceWarning,
                        stacklevel=4,
                    )

    def _split(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Training and validation samples, as scikit-learn draws them."""
        indices = np.arange(len(y))
        # It stratifies two classes only.
        stratify = y.astype(bool).reshape(-1, 1) if self.n_outputs_ == 1 else None
        training, validation = train_test_split(
            indices, random_state=self._random_state, test_size=self.validation_fraction, stratify=stratify
        )
        if len(validation) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return training, validation

    def _count_epochs_without_improvement(self) -> None:
        if self.early_stopping:
            score = self.validation_scores_[-1]
            improved = not score < self.best_validation_score_ + self.tol
            if score > self.best_validation_score_:
                self.best_validation_score_ = score
                self._best = (self.coefs_, self.intercepts_)
        else:
            improved = not self.loss_ > self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_)
        self._no_improvement_count = 0 if improved else self._no_improvement_count + 1

    def _change_rate(self, settings) -> None:
        if settings.rule != "adam" and self.learning_rate == "invscaling":
            self._set_rate(settings, float(self.learning_rate_init) / (self.t_ + 1) ** self.power_t)

    def _set_rate(self, settings, rate: float) -> None:
        """Another learning rate. scikit-learn's velocities hold the rate of their time, the library's memories do not."""
        if self.momentum > 0 and settings.rule in ("momentum", "nesterov"):
            self._trainer.restore(self._trainer.state(), self._optimizer.learning_rate / rate)
        self._optimizer.learning_rate = rate

    def _is_over(self, settings, progress) -> bool:
        if self.recipe is not None or not self._no_improvement_count > self.n_iter_no_change:
            return False
        what = "Validation score" if self.early_stopping else "Training loss"
        message = f"{what} did not improve more than tol={self.tol:f} for {self.n_iter_no_change} consecutive epochs."
        if settings.rule == "adam" or self.learning_rate != "adaptive":
            progress.say(message + " Stopping.")
            return True
        rate = self._optimizer.learning_rate
        if rate <= 1e-6:
            progress.say(message + " Learning rate too small. Stopping.")
            return True
        self._set_rate(settings, rate / 5.0)
        progress.say(f"{message} Setting learning rate to {self._optimizer.learning_rate:f}")
        self._no_improvement_count = 0
        return False


def _seed(given, random_state) -> int:
    """The seed of the library's random numbers."""
    if isinstance(given, Integral):
        return int(given)
    return int(random_state.randint(2**31))


def encoded(y: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The place of each label in `classes`, which holds all of them in any order."""
    ordered = np.argsort(classes, kind="stable")
    places = np.searchsorted(classes, y, sorter=ordered)
    return ordered[places]
