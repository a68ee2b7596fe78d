"""scikit-learn's checks of estimators: none fails, and none is expected to."""

from pathlib import Path

import test_scikit_learns_own
from scikit_learns_own import NOT_PASSING
from sklearn.utils.estimator_checks import parametrize_with_checks

import batchprop


@parametrize_with_checks([batchprop.MLPClassifier()])
def test_estimator(estimator, check):
    check(estimator)


def test_the_page_lists_each_of_scikit_learn_s_tests_that_does_not_pass():
    page = (Path(__file__).parents[2] / "docs/python.md").read_text()
    for name in NOT_PASSING:
        function = name.partition("[")[0]
        assert hasattr(test_scikit_learns_own, function) and f"`{function}" in page
