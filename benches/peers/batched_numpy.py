"""The same algorithm in NumPy as one would write it for speed: float32, a mini-batch is one (B × 784) matrix.

For each layer, two matrix products forward and backward and one for the gradient, on NumPy's own BLAS. Every buffer is
allocated once, element-wise operations work in place, and the factor η/B of the step scales the small delta, not the gradient.
"""

import numpy as np

import common


def sigmoid_in_place(z):
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def build(data, parameters, batch_size, learning_rate, form=""):
    weights = [w.astype(np.float32) for w, _ in parameters]
    biases = [b.astype(np.float32) for _, b in parameters]
    images, labels, test_images, test_labels = data
    images = images.astype(np.float32, copy=False)
    targets = common.one_hot(labels, len(biases[-1]))
    count = len(images)
    sizes = [images.shape[1]] + [len(b) for b in biases]
    activations = [np.empty((batch_size, n), np.float32) for n in sizes]
    deltas = [np.empty((batch_size, n), np.float32) for n in sizes]
    wanted = np.empty((batch_size, sizes[-1]), np.float32)
    gradients = [np.empty_like(w) for w in weights]

    def update_mini_batch(chosen):
        # A shorter last mini-batch uses the first rows of the buffers.
        size = len(chosen)
        a = [buffer[:size] for buffer in activations]
        y = wanted[:size]
        # "clip" spares a copy that "raise" makes; no index is out of range.
        np.take(images, chosen, axis=0, out=a[0], mode="clip")
        np.take(targets, chosen, axis=0, out=y, mode="clip")
        for layer, (w, b) in enumerate(zip(weights, biases)):
            z = a[layer + 1]
            np.dot(a[layer], w.T, out=z)
            z += b
            sigmoid_in_place(z)
        delta = deltas[-1][:size]
        np.subtract(a[-1], y, out=delta)
        delta *= np.float32(learning_rate / size)
        for layer in reversed(range(len(weights))):
            delta *= a[layer + 1]
            delta *= 1 - a[layer + 1]
            below = deltas[layer][:size]
            if layer > 0:
                np.dot(delta, weights[layer], out=below)
            np.dot(delta.T, a[layer], out=gradients[layer])
            weights[layer] -= gradients[layer]
            biases[layer] -= delta.sum(axis=0)
            delta = below

    def train_epoch(order):
        # exp overflows to infinity for a saturated unit, whose sigmoid is then 0, as it should be.
        with np.errstate(over="ignore"):
            for start in range(0, count, batch_size):
                update_mini_batch(order[start : start + batch_size])

    def count_correct():
        a = test_images
        with np.errstate(over="ignore"):
            for w, b in zip(weights, biases):
                a = a @ w.T
                a += b
                sigmoid_in_place(a)
        return np.count_nonzero(a.argmax(axis=1) == test_labels)

    return common.Trainer(train_epoch, count_correct, lambda: list(zip(weights, biases)))


if __name__ == "__main__":
    common.main(build, f"NumPy {np.__version__}")
