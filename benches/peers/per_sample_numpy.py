"""The article's program: Nielsen's network.py (neuralnetworksanddeeplearning.com, chapter 1), in Python 3.

Rewritten from the algorithm: weights and biases are lists of float64 arrays, samples are (784 × 1) columns, each sample is
propagated forward and backward alone, the gradients of a mini-batch are summed, and one step is η/B × the sum. It is neither
faster nor slower than the book's formulation. Only the order of the images is given from outside, so that all peers share it.
"""

import numpy as np

import common


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def build(data, parameters, batch_size, learning_rate, form=""):
    weights = [w.copy() for w, _ in parameters]
    biases = [b.reshape(-1, 1).copy() for _, b in parameters]
    targets = common.one_hot(data.labels, len(biases[-1]))
    training_data = [(x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(data.images, targets)]
    test_data = [(x.reshape(-1, 1), label) for x, label in zip(data.test_images, data.test_labels)]

    def feedforward(a):
        for w, b in zip(weights, biases):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(x, y):
        activations, zs = [x], []
        for w, b in zip(weights, biases):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(zs[-1]))
        nabla_w = [None] * len(weights)
        nabla_b = [None] * len(biases)
        # Quadratic cost ½‖a − y‖²: its derivative by the output is a − y.
        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
        for layer in reversed(range(len(weights))):
            nabla_w[layer] = np.dot(delta, activations[layer].T)
            nabla_b[layer] = delta
            if layer > 0:
                delta = np.dot(weights[layer].T, delta) * sigmoid_prime(zs[layer - 1])
        return nabla_w, nabla_b

    def update_mini_batch(mini_batch):
        nabla_w = [np.zeros(w.shape) for w in weights]
        nabla_b = [np.zeros(b.shape) for b in biases]
        for x, y in mini_batch:
            sample_w, sample_b = backprop(x, y)
            nabla_w = [total + one for total, one in zip(nabla_w, sample_w)]
            nabla_b = [total + one for total, one in zip(nabla_b, sample_b)]
        step = learning_rate / len(mini_batch)
        weights[:] = [w - step * nabla for w, nabla in zip(weights, nabla_w)]
        biases[:] = [b - step * nabla for b, nabla in zip(biases, nabla_b)]

    def train_epoch(order):
        shuffled = [training_data[k] for k in order]
        for start in range(0, len(shuffled), batch_size):
            update_mini_batch(shuffled[start : start + batch_size])

    def count_correct():
        return sum(int(np.argmax(feedforward(x)) == label) for x, label in test_data)

    def current():
        return [(w, b.ravel()) for w, b in zip(weights, biases)]

    return common.Trainer(train_epoch, count_correct, current)


if __name__ == "__main__":
    common.main(build, f"NumPy {np.__version__}")
