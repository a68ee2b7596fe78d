"""scikit-learn's MLPClassifier on the same network, mini-batches and starting point, one `partial_fit` per epoch.

The nearest it offers, not the same: its cost is the log-loss of a softmax output, not the quadratic cost of a sigmoid
output, so its gradient differs (cheaper by one product with σ′) and its accuracy cannot be compared digit for digit.
It learns with rate 0.5 whatever rate the others use, the rate Nielsen's book uses for the log-loss. Everything that it adds by
default is switched off (momentum, weight decay, checks for infinite values) and it shuffles with its own generator.
"""

import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

import common

LOG_LOSS_LEARNING_RATE = 0.5


def build(data, parameters, batch_size, learning_rate, form=""):
    sklearn.set_config(assume_finite=True)
    # It warns of overflow in exp for saturated units; their sigmoid is right all the same.
    warnings.simplefilter("ignore", RuntimeWarning)
    images, labels, test_images, test_labels = data
    classes = np.arange(len(parameters[-1][1]))
    model = MLPClassifier(
        hidden_layer_sizes=[len(b) for _, b in parameters[:-1]],
        activation="logistic",
        solver="sgd",
        learning_rate_init=LOG_LOSS_LEARNING_RATE,
        batch_size=batch_size,
        alpha=0.0,
        momentum=0.0,
        nesterovs_momentum=False,
        n_iter_no_change=10**9,
        random_state=0,
    )
    # Its arrays exist only after a first call: one mini-batch, whose effect is then overwritten.
    model.partial_fit(images[:batch_size], labels[:batch_size], classes=classes)
    for layer, (w, b) in enumerate(parameters):
        model.coefs_[layer][...] = w.T
        model.intercepts_[layer][...] = b

    def train_epoch(_order):
        model.partial_fit(images, labels)

    def count_correct():
        return np.count_nonzero(model.predict(test_images) == test_labels)

    return common.Trainer(
        train_epoch, count_correct, lambda: [(w.T, b) for w, b in zip(model.coefs_, model.intercepts_)]
    )


if __name__ == "__main__":
    common.main(build, f"scikit-learn {sklearn.__version__}")
