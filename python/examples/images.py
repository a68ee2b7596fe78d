"""Images in the files of MNIST: MNIST itself, Fashion-MNIST, KMNIST and other sets with files of the same names.

    python images.py [FOLDER]
"""

import sys

from batchprop import MLPClassifier, mnist

X_train, y_train, X_test, y_test = mnist(*sys.argv[1:])
clf = MLPClassifier(100, max_iter=4, dropout=0.1, schedule="one-cycle", learning_rate_init=0.004, random_state=0)
clf.fit(X_train, y_train)
print(f"{clf.score(X_test, y_test):.1%} of {len(y_test)} test images, after {clf.n_iter_} epochs")
