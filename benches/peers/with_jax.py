"""JAX on the same work: one jitted function per epoch, `lax.scan` over its mini-batches, donated parameters, all cores.

Sigmoid layers, quadratic cost ½‖a − y‖² averaged over the mini-batch, gradient by `jax.grad`, plain SGD. Two forms, the
same mathematics; the caller tries both and keeps the faster: gathering each mini-batch inside the scan, or the whole
shuffled epoch before it (twice the memory). The shorter last mini-batch is one more step in the same jitted function.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import common


def feedforward(parameters, a):
    for w, b in parameters:
        a = jax.nn.sigmoid(a @ w.T + b)
    return a


def quadratic_cost(parameters, x, y):
    return 0.5 * jnp.sum(jnp.square(feedforward(parameters, x) - y)) / len(y)


def rows(matrix, chosen):
    # The order is a permutation: no index is out of range, and the check can be left out.
    return matrix.at[chosen].get(mode="promise_in_bounds")


@partial(jax.jit, static_argnames=("batch_size", "learning_rate", "form"), donate_argnums=0)
def train_on(parameters, images, targets, order, batch_size, learning_rate, form):
    def step(parameters, x, y):
        gradient = jax.grad(quadratic_cost)(parameters, x, y)
        return jax.tree.map(lambda value, slope: value - learning_rate * slope, parameters, gradient)

    whole = len(order) // batch_size * batch_size
    if form == "gather-first":
        images, targets = rows(images, order), rows(targets, order)
        in_batches = [m[:whole].reshape(-1, batch_size, m.shape[1]) for m in (images, targets)]
        parameters, _ = jax.lax.scan(lambda p, batch: (step(p, *batch), None), parameters, in_batches)
        last = images[whole:], targets[whole:]
    else:
        batches = order[:whole].reshape(-1, batch_size)
        gathered = lambda chosen: (rows(images, chosen), rows(targets, chosen))
        parameters, _ = jax.lax.scan(lambda p, chosen: (step(p, *gathered(chosen)), None), parameters, batches)
        last = gathered(order[whole:])
    return step(parameters, *last) if whole < len(order) else parameters


@jax.jit
def correct(parameters, images, labels):
    return jnp.sum(jnp.argmax(feedforward(parameters, images), axis=1) == labels)


def build(data, parameters, batch_size, learning_rate, form):
    images, test_images = (jnp.asarray(x, jnp.float32) for x in (data.images, data.test_images))
    test_labels = jnp.asarray(data.test_labels, jnp.int32)
    targets = jnp.asarray(common.one_hot(data.labels, len(parameters[-1][1])))
    parameters = [(jnp.asarray(w, jnp.float32), jnp.asarray(b, jnp.float32)) for w, b in parameters]

    def train_epoch(order):
        nonlocal parameters
        order = order.astype(np.int32)
        parameters = jax.block_until_ready(
            train_on(parameters, images, targets, order, batch_size, learning_rate, form)
        )

    def count_correct():
        return correct(parameters, test_images, test_labels)

    return common.Trainer(train_epoch, count_correct, lambda: [(np.array(w), np.array(b)) for w, b in parameters])


if __name__ == "__main__":
    common.main(build, f"JAX {jax.__version__}")
