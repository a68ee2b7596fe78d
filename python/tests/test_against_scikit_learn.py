"""With the same random_state, scikit-learn's steps: weights, losses and predictions agree up to rounding."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as Theirs

import batchprop

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_digits(return_X_y=True)
X = X[:400] / 16
y = y[:400]


def both(X, y, sample_weight=None, **parameters):
    parameters = {"hidden_layer_sizes": (12, 7), "random_state": 3, "max_iter": 12, **parameters}
    theirs = Theirs(**parameters).fit(X, y, sample_weight)
    ours = batchprop.MLPClassifier(**parameters).fit(X, y, sample_weight)
    return ours, theirs


def assert_same(ours, theirs, tolerance=1e-9):
    assert ours.n_iter_ == theirs.n_iter_ and ours.t_ == theirs.t_
    assert ours.out_activation_ == theirs.out_activation_ and ours.n_outputs_ == theirs.n_outputs_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=tolerance)
    for mine, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert mine.shape == other.shape and mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=0, atol=tolerance)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize(
    "options",
    [
        {"solver": "adam"},
        {"solver": "adam", "alpha": 0.1, "batch_size": 33},
        {"solver": "sgd", "learning_rate_init": 0.05},
        {"solver": "sgd", "momentum": 0, "alpha": 0.5},
        {"solver": "sgd", "nesterovs_momentum": False, "shuffle": False},
        {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.5, "power_t": 0.3},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.3, "n_iter_no_change": 2, "max_iter": 20},
        {"solver": "adam", "early_stopping": True},
    ],
)
def test_weights_are_those_of_scikit_learn(activation, options):
    assert_same(*both(X, y, activation=activation, **options))


def test_two_classes_sample_weights_and_early_stopping():
    weights = np.random.RandomState(0).uniform(0.1, 3, len(y))
    assert_same(*both(X, y % 2, weights))
    ours, theirs = both(X, y % 2, weights, early_stopping=True, max_iter=30)
    assert_same(ours, theirs)
    assert ours.validation_scores_ == theirs.validation_scores_
    assert ours.best_validation_score_ == theirs.best_validation_score_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)


def test_sparse_samples_words_as_labels_and_single_precision():
    words = np.array(["zero", "one", "two"])[y % 3]
    ours, theirs = both(scipy.sparse.csr_array(X), words)
    assert_same(ours, theirs)
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    assert_same(*both(X.astype(np.float32), y), tolerance=1e-3)


def test_partial_fit_and_warm_start_go_on_as_in_scikit_learn():
    for parameters in [{}, {"solver": "sgd", "learning_rate_init": 0.1}]:
        pair = [kind(8, random_state=1, **parameters) for kind in (batchprop.MLPClassifier, Theirs)]
        for clf in pair:
            for start in (0, 100, 150, 350):
                clf.partial_fit(X[start : start + 90], y[start : start + 90], classes=np.arange(10))
        assert_same(*pair)
        pair = [
            kind(8, random_state=1, warm_start=True, max_iter=4, **parameters)
            for kind in (batchprop.MLPClassifier, Theirs)
        ]
        for clf in pair:
            clf.fit(X, y).fit(X, y)
        assert_same(*pair)


def test_it_stops_in_the_epoch_in_which_scikit_learn_stops():
    iris = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        assert_same(*both(*iris, max_iter=2000, tol=1e-3), tolerance=1e-6)
