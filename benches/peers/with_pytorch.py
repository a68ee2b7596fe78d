"""PyTorch on the same work: sigmoid layers, quadratic cost ½‖a − y‖² averaged over the mini-batch, plain SGD.

The data is one tensor, and mini-batches are gathered with `index_select` (a DataLoader would be many times slower).
Four forms, all the same mathematics; the caller tries each and keeps the fastest:
- foreach, fused: `nn.Sequential`, autograd and `torch.optim.SGD` as in the tutorials, with either of its fast steps;
- compiled: gather, forward, backward and step as one function through `torch.compile`;
- by-hand: the formulas of backpropagation written out, stepping the weights in place with `addmm_`; no autograd.
OMP_NUM_THREADS sets the number of threads.
"""

import numpy as np
import torch
from torch.nn.functional import linear

import common


def quadratic_cost(a, y):
    return 0.5 * (a - y).square().sum() / len(y)


def feedforward(parameters, a):
    for w, b in parameters:
        a = torch.sigmoid(linear(a, w, b))
    return a


def autograd_step(parameters, images, targets, learning_rate, form):
    layers = []
    for w, b in parameters:
        layer = torch.nn.Linear(w.shape[1], w.shape[0])
        layer.weight, layer.bias = torch.nn.Parameter(w), torch.nn.Parameter(b)
        layers += [layer, torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, **{form: True})

    def step(chosen):
        optimizer.zero_grad(set_to_none=True)
        quadratic_cost(model(images.index_select(0, chosen)), targets.index_select(0, chosen)).backward()
        optimizer.step()

    return step


def compiled_step(parameters, images, targets, learning_rate):
    def cost(parameters, x, y):
        return quadratic_cost(feedforward(parameters, x), y)

    def step(parameters, images, targets, chosen):
        gradient = torch.func.grad(cost)(parameters, images.index_select(0, chosen), targets.index_select(0, chosen))
        for values, slopes in zip(parameters, gradient):
            for value, slope in zip(values, slopes):
                value.sub_(slope, alpha=learning_rate)

    compiled = torch.compile(step, dynamic=False)
    return torch.no_grad()(lambda chosen: compiled(parameters, images, targets, chosen))


def step_by_hand(parameters, images, targets, learning_rate):
    @torch.no_grad()
    def step(chosen):
        activations = [images.index_select(0, chosen)]
        for w, b in parameters:
            activations.append(torch.addmm(b, activations[-1], w.t()).sigmoid_())
        factor = -learning_rate / len(chosen)
        delta = activations[-1] - targets.index_select(0, chosen)
        for layer in reversed(range(len(parameters))):
            w, b = parameters[layer]
            a = activations[layer + 1]
            delta.mul_(a).mul_(1 - a)
            below = delta @ w if layer > 0 else None
            w.addmm_(delta.t(), activations[layer], alpha=factor)
            b.add_(delta.sum(0), alpha=factor)
            delta = below

    return step


def build(data, parameters, batch_size, learning_rate, form):
    images, test_images = (torch.from_numpy(x.astype(np.float32, copy=False)) for x in (data.images, data.test_images))
    test_labels = torch.from_numpy(data.test_labels)
    parameters = [(torch.from_numpy(w).float(), torch.from_numpy(b).float()) for w, b in parameters]
    targets = torch.from_numpy(common.one_hot(data.labels, len(parameters[-1][1])))
    if form in ("foreach", "fused"):
        step = autograd_step(parameters, images, targets, learning_rate, form)
    else:
        step = {"compiled": compiled_step, "by-hand": step_by_hand}[form](parameters, images, targets, learning_rate)

    def train_epoch(order):
        for chosen in torch.from_numpy(order).split(batch_size):
            step(chosen)

    @torch.no_grad()
    def count_correct():
        return (feedforward(parameters, test_images).argmax(1) == test_labels).sum().item()

    return common.Trainer(train_epoch, count_correct, lambda: [(w.numpy(), b.numpy()) for w, b in parameters])


if __name__ == "__main__":
    common.main(build, f"PyTorch {torch.__version__}")
