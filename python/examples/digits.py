"""scikit-learn's handwritten digits of 8 × 8 pixels, with early stopping."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from batchprop import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
clf = MLPClassifier((64, 32), max_iter=200, early_stopping=True, random_state=0)
clf.fit(X_train, y_train)
print(f"{clf.score(X_test, y_test):.1%} of {len(y_test)} test digits, after {clf.n_iter_} epochs")
