"""What scikit-learn's tests do not ask: threads, interruption, processes, files, options of our own."""

import multiprocessing
import os
import pickle
import signal
import threading
import time

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import batchprop
from batchprop import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = batchprop.digits(1200, random_state=5)


def small(**parameters):
    return MLPClassifier(**{"hidden_layer_sizes": 20, "max_iter": 5, "random_state": 0, **parameters})


def same(a, b):
    return all(np.array_equal(m, o) for m, o in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True))


def test_any_number_of_threads_gives_the_same_bits():
    one = small(n_threads=1, hidden_layer_sizes=120, dropout=0.2, augment="all").fit(X, y)
    assert same(one, small(n_threads=3, hidden_layer_sizes=120, dropout=0.2, augment="all").fit(X, y))
    assert np.array_equal(one.predict_proba(X), one.set_params(n_threads=2).predict_proba(X))


def test_sparse_samples_give_the_same_bits_as_dense_ones():
    dense, sparse = small().fit(X, y), small().fit(scipy.sparse.csr_matrix(X), y)
    assert same(dense, sparse)
    assert np.array_equal(dense.predict_proba(X), sparse.predict_proba(scipy.sparse.csc_array(X)))


def test_neither_samples_nor_labels_are_changed_and_any_layout_will_do():
    before = X.copy()
    clf = small().fit(X, y)
    assert np.array_equal(X, before)
    assert same(clf, small().fit(np.asfortranarray(X), list(y)))
    frame = pd.DataFrame(X, columns=[f"p{k}" for k in range(784)])
    named = small().fit(frame, pd.Series(y))
    assert same(clf, named) and list(named.feature_names_in_) == list(frame.columns)


def test_bytes_are_numbers_and_pixels_in_a_recipe():
    small_bytes = (X[:, ::7] * 16).astype(np.uint8)
    floats = small_bytes.astype(np.float32)
    assert same(small().fit(small_bytes, y), small().fit(floats, y))
    article = {"recipe": "article", "max_iter": 2}
    pixels = batchprop.digits(1200, random_state=5, dtype="uint8")[0]
    assert same(small(**article).fit(pixels, y), small(**article).fit(X, y))


@pytest.mark.parametrize("ending", ["safetensors", "npz"])
def test_saved_networks_predict_the_same(tmp_path, ending):
    words = np.array(["even", "odd"])[y % 2]
    pixels = batchprop.digits(1200, random_state=5, dtype="uint8")[0]
    for samples, labels in [(X, y), (X, y + 3), (X, words), (pixels, words), (X.astype(np.float64), y % 2)]:
        clf = small().fit(samples, labels)
        path = tmp_path / f"model.{ending}"
        clf.save(path)
        loaded = batchprop.load(path)
        assert loaded.classes_.tolist() == clf.classes_.tolist()
        assert loaded.predict(samples).tolist() == clf.predict(samples).tolist()
        np.testing.assert_allclose(loaded.predict_proba(samples), clf.predict_proba(samples), atol=1e-6)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        batchprop.load(tmp_path / "nowhere.npz")
    small().fit(X, y).save(tmp_path / "model.onnx")


def test_loaded_networks_learn_on_and_say_what_a_file_does_not(tmp_path):
    clf = small(hidden_layer_sizes=(20, 10)).fit(X, y)
    clf.save(tmp_path / "model.safetensors")
    loaded = batchprop.load(tmp_path / "model.safetensors").partial_fit(X, y)
    assert not same(clf, loaded) and loaded.score(X, y) >= clf.score(X, y)
    loaded.set_params(early_stopping=True, warm_start=True, max_iter=2).fit(X, y)
    assert len(loaded.validation_scores_) == 2
    parameters = {"0.weight": clf.coefs_[0].T, "0.bias": clf.intercepts_[0]}
    parameters |= {"2.weight": clf.coefs_[1].T, "2.bias": clf.intercepts_[1]}
    parameters |= {"4.weight": clf.coefs_[2].T, "4.bias": clf.intercepts_[2]}
    np.savez(tmp_path / "foreign.npz", **parameters)
    with pytest.raises(ValueError, match="`activation`.*`output`"):
        batchprop.load(tmp_path / "foreign.npz")
    foreign = batchprop.load(tmp_path / "foreign.npz", activation="relu", output="softmax")
    assert np.array_equal(foreign.predict_proba(X), clf.predict_proba(X))
    sigmoids = small(activation="logistic").fit(X, y % 2)
    sigmoids.save(tmp_path / "model.json")
    loaded = batchprop.load(tmp_path / "model.json")
    np.testing.assert_allclose(loaded.predict_proba(X), sigmoids.predict_proba(X), atol=1e-6)
    with pytest.raises(ValueError, match="one class"):
        small().fit(X, np.zeros(len(y))).save(tmp_path / "model.npz")


@pytest.mark.parametrize(
    "labels", [[False, True], [-1, 1], [1.0, 2.0, 3.0], ["1", "02"], ["nan", "inf"], list(range(1, 11))]
)
def test_labels_of_any_kind_come_back_from_a_file(tmp_path, labels):
    given = np.array(labels)[y % len(labels)]
    clf = small(max_iter=1).fit(X, given)
    clf.save(tmp_path / "model.npz")
    assert batchprop.load(tmp_path / "model.npz").predict(X).tolist() == clf.predict(X).tolist()


def test_pickled_copied_and_read_only_estimators_go_on():
    clf = small().partial_fit(X[:300], y[:300], classes=np.arange(10))
    other = pickle.loads(pickle.dumps(clf))
    for each in (clf, other):
        each.partial_fit(X[300:600], y[300:600])
    assert same(clf, other)
    for coef in other.coefs_:
        coef.flags.writeable = False
    assert np.array_equal(other.predict(X), clf.predict(X))
    assert not hasattr(clone(clf), "coefs_")


def test_weights_set_by_hand_are_used():
    clf = small().partial_fit(X, y, classes=np.arange(10))
    other = pickle.loads(pickle.dumps(clf))
    for each in (clf, other):
        each.coefs_[0][...] = 0.25
    assert not np.array_equal(clf.predict_proba(X), small().fit(X, y).predict_proba(X))
    clf.partial_fit(X, y), other.partial_fit(X, y)
    assert same(clf, other)


@pytest.fixture
def ctrl_c():
    """Lets Ctrl-C interrupt Python, also where the tests run in the background of a shell, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("augment", [None, "all"])
def test_ctrl_c_ends_a_fit_and_leaves_the_estimator_usable(augment):
    def callback(epoch, info):
        if epoch == 0:
            threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    clf = small(hidden_layer_sizes=300, max_iter=10**6, tol=0.0, n_iter_no_change=10**6, augment=augment, callback=callback)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert clf.n_iter_ >= 1 and clf.predict(X).shape == y.shape
    clf.set_params(max_iter=2, callback=None).fit(X, y)


def test_other_threads_run_while_it_trains():
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    small(hidden_layer_sizes=300, batch_size=1200, max_iter=20).fit(X, y)
    done.set()
    ticker.join()
    assert len(ticks) > 20


def _fit_in_child(queue):
    queue.put(small().fit(X, y).coefs_[0])


def test_a_forked_process_trains_after_its_parent_did():
    clf = small().fit(X, y)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_fit_in_child, args=(queue,))
    child.start()
    coef = queue.get(timeout=120)
    child.join()
    assert np.array_equal(coef, clf.coefs_[0])


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_joblib_s_workers_fit_what_their_parent_does(backend):
    clf = small().fit(X, y)
    fits = joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(clone(clf).fit)(X, y) for _ in range(3))
    assert all(same(clf, other) for other in fits)


def test_grid_search_in_two_processes():
    pipeline = make_pipeline(StandardScaler(), small(max_iter=40))
    search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [1e-4, 1e-2]}, n_jobs=2, cv=2)
    assert search.fit(X[:300], y[:300]).best_score_ > 0.3


def test_weights_count_samples():
    twice = np.where(np.arange(1200) < 600, 2.0, 1.0)
    repeated = np.concatenate([X[:600], X])
    options = {"batch_size": 10**4, "shuffle": False, "dtype": "float64"}
    with pytest.warns(UserWarning, match="batch_size"):
        weighted = small(**options).fit(X, y, twice)
        longer = small(**options).fit(repeated, np.concatenate([y[:600], y]))
    np.testing.assert_allclose(weighted.coefs_[0], longer.coefs_[0], atol=1e-9)


def test_callbacks_hear_of_each_epoch_and_may_end_the_fit():
    heard = []

    def callback(epoch, info):
        heard.append((epoch, info["loss"], info["validation_score"]))
        return epoch == 2

    clf = small(callback=callback, early_stopping=True).fit(X, y)
    assert [epoch for epoch, *_ in heard] == [0, 1, 2] and clf.n_iter_ == 3
    assert [loss for _, loss, _ in heard] == clf.loss_curve_


def test_schedules_and_smoothing_change_the_weights():
    plain = small().fit(X, y)
    for option in [{"schedule": "cosine"}, {"schedule": "one-cycle"}, {"label_smoothing": 0.1}, {"dropout": 0.3}]:
        other = small(**option).fit(X, y)
        assert not same(plain, other) and np.isfinite(other.loss_)


@pytest.mark.parametrize("activation", ["leaky-relu", "gelu", "silu"])
def test_activations_beyond_scikit_learn(activation):
    assert small(activation=activation, max_iter=40).fit(X, y).score(X, y) > 0.8


def test_what_cannot_be_had_names_the_alternative():
    with pytest.raises(ValueError, match="solver='adam'"):
        small(solver="lbfgs").fit(X, y)
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        small().fit(X, np.eye(10, dtype=int)[y])
    with pytest.raises(ValueError, match="does not go with recipe"):
        small(recipe="article", activation="tanh").fit(X, y)
    with pytest.raises(ValueError, match="image_shape"):
        small(augment="all").fit(X[:, :780], y)
    with pytest.raises(ValueError, match="toarray"):
        small(augment="all").fit(scipy.sparse.csr_array(X), y)
    with pytest.raises(ValueError, match="unknown key 'rotate'"):
        small(augment={"rotate": 5}).fit(X, y)
    with pytest.raises(ValueError, match="learning_rate at 'constant'"):
        small(schedule="cosine", learning_rate="adaptive").fit(X, y)


def test_augmented_images_keep_their_type_and_follow_the_seed():
    for dtype in ("uint8", "float32", "float64"):
        images = batchprop.digits(20, dtype=dtype)[0]
        drawn = batchprop.augment(images, random_state=1)
        assert drawn.dtype == images.dtype and drawn.shape == images.shape
        assert np.array_equal(drawn, batchprop.augment(images, random_state=1, n_threads=1))
        assert not np.array_equal(drawn, batchprop.augment(images, random_state=1, epoch=1))
    assert np.array_equal(batchprop.augment(images, "none"), images)


def test_each_partial_fit_distorts_as_another_epoch():
    options = {"augment": "all", "augment_end": 0.2, "shuffle": False, "max_iter": 3}
    whole, parts = small(**options).fit(X, y), small(**options)
    for _ in range(3):
        parts.partial_fit(X, y, classes=np.unique(y))
    assert same(whole, parts)
    assert not same(whole, small(**{**options, "augment_end": 1.0}).fit(X, y))


def test_weaker_distortions_need_distortions():
    for parameters in [{}, {"recipe": "article"}, {"recipe": "best", "augment": "none"}]:
        with pytest.raises(ValueError, match="augment_end=0.5 needs distortions"):
            MLPClassifier(augment_end=0.5, **parameters).fit(X, y)


@pytest.mark.parametrize("with_weights", [False, True])
def test_distorted_images_of_weight_0_are_not_learned(with_weights):
    weights = np.where(np.arange(1200) < 600, 1.0, 0.0) if with_weights else None
    clf = small(augment="shift").fit(X, y, weights)
    assert same(clf, small(augment="shift").fit(X, np.where(np.arange(1200) < 600, y, 9 - y), weights)) == with_weights


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(monkeypatch, capsys):
    small(verbose=True, max_iter=2).fit(X, y)
    assert "Iteration 2, loss = " in capsys.readouterr().out
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    small(verbose=True, max_iter=2).fit(X, y)
    shown = capsys.readouterr()
    assert "2/2" in shown.err and "loss=" in shown.err and not shown.out
