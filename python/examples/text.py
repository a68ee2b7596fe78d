"""Text as sparse TF-IDF: of which part of SciPy is a function, by the first 500 letters of its documentation?"""

import importlib
import inspect

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from batchprop import MLPClassifier

texts, parts = [], []
for part in ["fft", "interpolate", "linalg", "ndimage", "optimize", "signal", "spatial", "special", "stats"]:
    module = importlib.import_module(f"scipy.{part}")
    documentation = [inspect.getdoc(getattr(module, name)) for name in module.__all__]
    found = sorted({text[:500] for text in documentation if text})
    texts += found
    parts += [part] * len(found)
train, test, y_train, y_test = train_test_split(texts, parts, stratify=parts, random_state=0)
clf = make_pipeline(TfidfVectorizer(), MLPClassifier(50, max_iter=30, batch_size=20, tol=0.01, random_state=0))
clf.fit(train, y_train)
print(f"{clf.score(test, y_test):.1%} of {len(test)} texts, by {len(clf[0].vocabulary_)} words")
print(*clf.predict(["the density of a random variable", "minimize a function", "dilate an image"]))
