"""scikit-learn's tests of its multi-layer perceptrons, from its wheel, with our MLPClassifier in place of its own."""

import importlib.util
from pathlib import Path

_ITS_IMPORT = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
_OURS = "from batchprop import MLPClassifier; from sklearn.neural_network import MLPRegressor\n"

_path = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp").origin
_source = Path(_path).read_text()
assert _source.count(_ITS_IMPORT) == 1, "scikit-learn's tests import its classes in another way"
exec(compile(_source.replace(_ITS_IMPORT, _OURS), _path, "exec"), globals())
