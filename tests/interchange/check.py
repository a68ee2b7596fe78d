"""What batchprop writes, other programs read, and the other way round.

    python check.py path/to/batchprop path/to/mnist

needs requirements.txt. Networks are trained by batchprop, converted, and compared on MNIST's first 1,000 test digits: in
onnxruntime, in NumPy from .npz and from safetensors, and in Nielsen's network2. Data written by NumPy and Pillow are
trained on, and give the weights that MNIST's own files give.
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
from math import erf

import numpy as np
import onnxruntime
from PIL import Image
from safetensors.numpy import load_file

PROGRAM, MNIST = sys.argv[1:3]
DIGITS = 1000


def batchprop(*arguments, code=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == code, f"batchprop {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def train(data, *arguments):
    """The last line of a run."""
    lines = batchprop("train", "--data", data, "--json", *arguments).splitlines()
    return json.loads(lines[-1])


def correct(model, data, *arguments):
    return json.loads(batchprop("evaluate", model, "--data", data, "--json", *arguments))["correct"]


def idx(name):
    """An IDX file's array, plain or gzip'd."""
    for path in [pathlib.Path(MNIST, name), pathlib.Path(MNIST, name + ".gz")]:
        if path.exists():
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            sides = [int.from_bytes(data[4 + 4 * k : 8 + 4 * k]) for k in range(data[3])]
            return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sides)
    raise SystemExit(f"no {name} in {MNIST}")


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4) for side in array.shape)
    path.write_bytes(header + array.tobytes())


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "gelu": lambda z: z * (1 + np.vectorize(erf)(z / np.sqrt(2))) / 2,
    "silu": lambda z: z * sigmoid(z),
    "identity": lambda z: z,
}


def forward(arrays, images, activation, output):
    """In float64, from arrays 0.weight, 0.bias, 2.weight, …"""
    layers = sorted({int(name.split(".")[0]) for name in arrays if name != "metadata"})
    a = images.astype(np.float64)
    for layer in layers:
        z = a @ arrays[f"{layer}.weight"].astype(np.float64).T + arrays[f"{layer}.bias"].astype(np.float64)
        a = output(z) if layer == layers[-1] else activation(z)
    return a


class Network2:
    """Nielsen's network2.py, as far as it saves, loads and feeds forward."""

    def __init__(self, saved):
        self.sizes, self.cost = saved["sizes"], saved["cost"]
        self.weights = [np.array(w) for w in saved["weights"]]
        self.biases = [np.array(b) for b in saved["biases"]]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def save(self, path):
        data = {
            "sizes": self.sizes,
            "weights": [w.tolist() for w in self.weights],
            "biases": [b.tolist() for b in self.biases],
            "cost": self.cost,
        }
        path.write_text(json.dumps(data))


def check_models(folder, images, labels):
    few = images[:DIGITS].reshape(DIGITS, -1).astype(np.float32) / 256
    all_images = images.reshape(len(images), -1) / 256
    for activation, function in ACTIVATIONS.items():
        model = folder / f"{activation}.safetensors"
        output, chosen = (sigmoid, []) if activation == "sigmoid" else (softmax, ["--output", "softmax"])
        rate = "3" if activation == "sigmoid" else "0.1"
        hidden = ["--hidden", "30,20", "--activation", activation, "--init", "xavier", "--learning-rate", rate]
        train(MNIST, "--epochs", 1, "--save", model, *hidden, *chosen)
        onnx, npz = folder / "model.onnx", folder / "model.npz"
        batchprop("convert", model, onnx)
        batchprop("convert", model, npz)

        tensors, arrays = load_file(model), np.load(npz)
        assert set(arrays) == set(tensors) | {"metadata"}
        assert all(np.array_equal(tensors[name], arrays[name]) for name in tensors)
        assert json.loads(str(arrays["metadata"]))["about"]["network"]["sizes"] == [784, 30, 20, 10]
        expected = forward(arrays, few, function, output)

        session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
        (found,) = session.run(["output"], {"input": few})
        difference = np.abs(found - expected).max()
        assert found.shape == (DIGITS, 10) and difference < 1e-5, difference
        own = correct(model, MNIST)
        assert own == (forward(arrays, all_images, function, output).argmax(axis=1) == labels).sum()

        back = folder / "back.safetensors"
        batchprop("convert", npz, back)
        assert back.read_bytes() == model.read_bytes(), "through .npz and back"
        print(f"{activation}: {own} / {len(labels)} here and in NumPy; onnxruntime differs by {difference:.1e}")
    assert "other programs" in batchprop("convert", onnx, back, code=1)


def check_committee(folder, images, labels):
    """The mean of networks of all activation functions, with sigmoid and softmax outputs."""
    few = images[:DIGITS].reshape(DIGITS, -1).astype(np.float32) / 256
    members = [folder / f"{activation}.safetensors" for activation in ACTIVATIONS]
    committee = folder / "committee.onnx"
    batchprop("convert", *members, committee)
    session = onnxruntime.InferenceSession(committee, providers=["CPUExecutionProvider"])
    (found,) = session.run(["output"], {"input": few})
    expected = np.zeros((DIGITS, 10))
    for model, (activation, function) in zip(members, ACTIVATIONS.items()):
        outputs = forward(load_file(model), few, function, sigmoid if activation == "sigmoid" else softmax)
        expected += outputs / outputs.sum(axis=1, keepdims=True) / len(members)
    difference = np.abs(found - expected).max()
    assert difference < 1e-5, difference
    # All outputs are 0 where weighted inputs are far below 0: then all classes are equally likely.
    (found,) = session.run(["output"], {"input": np.full((1, 784), -1e6, np.float32)})
    assert abs(found.sum() - 1) < 1e-5, found
    data = folder / "first.npz"
    np.savez(data, x=images[:DIGITS], y=labels[:DIGITS])
    there = int((session.run(None, {"input": few})[0].argmax(axis=1) == labels[:DIGITS]).sum())
    evaluated = json.loads(batchprop("evaluate", *members, "--data", data, "--part", "all", "--json"))
    assert evaluated["correct"] == there, (evaluated["correct"], there)
    print(f"committee: {there} / {DIGITS} here and in onnxruntime, which differs by {difference:.1e} from NumPy")


def check_nielsen(folder, images, labels):
    model, saved = folder / "sigmoid.safetensors", folder / "network2.json"
    batchprop("convert", model, saved)
    network = Network2(json.loads(saved.read_text()))
    assert network.cost == "QuadraticCost"
    columns = images.reshape(len(images), -1) / 256
    there = sum(int(np.argmax(network.feedforward(x[:, None])) == label) for x, label in zip(columns, labels))
    own = correct(model, MNIST)
    assert there == own, (there, own)
    # Written by Python, read here, and from here to the bits it had.
    again, back = folder / "again.json", folder / "back.safetensors"
    network.save(again)
    assert correct(again, MNIST) == own
    batchprop("convert", again, back)
    before, after = load_file(model), load_file(back)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    refused = folder / "relu.json"
    assert "network2" in batchprop("convert", folder / "relu.safetensors", refused, code=2)
    assert not refused.exists()
    print(f"network2: {there} / {len(labels)} here and there")


def check_data(folder, images, labels, test_images, test_labels):
    """The same digits in every form give the same weights."""
    x, y, x_test, y_test = images[:1200], labels[:1200], test_images[:300], test_labels[:300]
    forms = {}
    forms["IDX"] = folder / "idx"
    forms["IDX"].mkdir()
    idx_names = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
    for name, array in zip(idx_names, [x, y, x_test, y_test]):
        write_idx(forms["IDX"] / f"{name}-ubyte", array)
    forms["npz"] = folder / "mnist.npz"
    np.savez(forms["npz"], x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    forms["npz, other types"] = folder / "other.npz"
    np.savez_compressed(
        forms["npz, other types"],
        train_images=np.asfortranarray(x.astype(">f8")),
        train_labels=np.eye(10)[y],
        test_images=x_test[..., None].astype(np.int64),
        test_labels=y_test.astype(np.int64)[:, None],
    )
    forms["npy"] = folder / "npy"
    forms["npy"].mkdir()
    for name, array in [("x_train", x), ("y_train", y), ("x_test", x_test), ("y_test", y_test)]:
        np.save(forms["npy"] / f"{name}.npy", array)
    forms["CSV"] = folder / "csv"
    forms["CSV"].mkdir()

    def write_csv(path, header, *columns):
        np.savetxt(path, np.column_stack(columns), fmt="%d", delimiter=",", header=header, comments="")

    header = "label," + ",".join(f"{r}x{c}" for r in range(1, 29) for c in range(1, 29))
    write_csv(forms["CSV"] / "mnist_train.csv", header, y, x.reshape(len(x), -1))
    write_csv(forms["CSV"] / "mnist_test.csv", header, y_test, x_test.reshape(300, -1))
    sums = {name: train(path, "--epochs", 1)["weights_sha256"] for name, path in forms.items()}
    assert len(set(sums.values())) == 1, sums
    print(f"the same weights from {', '.join(sums)}")

    x, y = images[:4000], labels[:4000]
    # Kaggle's Digit Recognizer has no labels to test on; dark ink on white paper is inverted.
    kaggle, pictures = folder / "kaggle", folder / "pictures"
    kaggle.mkdir()
    write_csv(kaggle / "train.csv", header, y, x.reshape(len(x), -1))
    write_csv(kaggle / "test.csv", header.removeprefix("label,"), x_test.reshape(300, -1))
    for part, some, classes in [("train", x, y), ("test", x_test, y_test)]:
        for index, (image, label) in enumerate(zip(some, classes)):
            path = pictures / part / str(label) / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(255 - image).save(path)
    for data in [kaggle, pictures]:
        model = folder / "model.npz"
        train(data, "--epochs", 10, "--save", model)
        # What it learned there, it knows of MNIST's own files.
        assert correct(model, MNIST) > 8000, data
    print("Kaggle's files and pictures train, and the networks know MNIST")


def check_small(folder, images, labels):
    """8×8 digits of 17 shades, the label in the last column, as scikit-learn's through numpy.savetxt."""
    blocks = images[:3000, 2:26, 2:26].reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4)) / 255
    shades = np.round(16 * blocks).reshape(-1, 64)
    for classes in [10, 3]:
        chosen = labels[:3000] < classes
        data, model = folder / f"{classes}.csv", folder / f"{classes}.onnx"
        np.savetxt(data, np.column_stack([shades, labels[:3000]])[chosen], delimiter=",")
        own = folder / f"{classes}.safetensors"
        last = train(data, "--epochs", 20, "--save", own)
        batchprop("convert", own, model)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        (found,) = session.run(None, {"input": (shades[chosen] / 16).astype(np.float32)})
        assert found.shape[1] == classes
        there = (found.argmax(axis=1) == labels[:3000][chosen]).sum()
        assert there == correct(own, data, "--part", "all"), last
        assert there > 0.9 * chosen.sum(), there
        print(f"8×8 digits of {classes} classes: {there} / {chosen.sum()} here and in onnxruntime")


def main():
    images, labels = idx("train-images-idx3-ubyte"), idx("train-labels-idx1-ubyte")
    test_images, test_labels = idx("t10k-images-idx3-ubyte"), idx("t10k-labels-idx1-ubyte")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_models(folder, test_images, test_labels)
        check_committee(folder, test_images, test_labels)
        check_nielsen(folder, test_images, test_labels)
        check_data(folder, images, labels, test_images, test_labels)
        check_small(folder, images, labels)


main()
