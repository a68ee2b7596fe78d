"""Writes the files that documentation assumes: MNIST's first digits instead of all, in several forms, and a network.

    python3 .ci/fixtures.py FOLDER PROGRAM MNIST
"""

import gzip
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

IMAGES = {"train": 1200, "t10k": 300}
SIDE = 28


def main():
    folder, program, mnist = map(Path, sys.argv[1:])
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    data.mkdir(parents=True)
    images, labels = {}, {}
    for part, count in IMAGES.items():
        images[part] = read_idx(mnist / f"{part}-images-idx3-ubyte.gz", 16, SIDE * SIDE, count)
        labels[part] = read_idx(mnist / f"{part}-labels-idx1-ubyte.gz", 8, 1, count)
        write_idx(data / f"{part}-images-idx3-ubyte", 3, [count, SIDE, SIDE], b"".join(images[part]))
        write_idx(data / f"{part}-labels-idx1-ubyte", 1, [count], b"".join(labels[part]))
    # Fashion-MNIST has the same files.
    (folder / "fashion").symlink_to("data")

    digits = [label[0] for label in labels["t10k"]]
    for name, digit in [("one", 1), ("two", 2), ("seven", 7)]:
        write_png(folder / f"{name}.png", images["t10k"][digits.index(digit)])
    write_kaggle(folder, images["train"][:600], labels["train"])
    write_scikit_learn(folder / "digits.csv", images["train"][:600], labels["train"])
    for name in ("model.safetensors", "model.json"):
        train = [program, "train", "--quiet", "--data", data, "--epochs", "3", "--save", folder / name]
        subprocess.run(train, check=True, stdout=subprocess.DEVNULL)


def read_idx(path, header, size, count):
    with gzip.open(path) as file:
        file.seek(header)
        return [file.read(size) for _ in range(count)]


def write_idx(path, dimensions, sizes, bytes):
    path.write_bytes(struct.pack(f">4B{dimensions}I", 0, 0, 8, dimensions, *sizes) + bytes)


def write_png(path, pixels):
    """Dark on white, as on paper."""
    rows = [bytes(255 - pixel for pixel in pixels[start : start + SIDE]) for start in range(0, len(pixels), SIDE)]

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">2I5B", SIDE, SIDE, 8, 0, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b""))


def write_kaggle(folder, images, labels):
    """`train.csv` and `test.csv` of Kaggle's Digit Recognizer."""
    pixels = ",".join(f"pixel{k}" for k in range(SIDE * SIDE))
    rows = [",".join(map(str, image)) for image in images]
    labelled = [f"{label[0]},{row}" for label, row in zip(labels, rows)]
    (folder / "train.csv").write_text("\n".join([f"label,{pixels}", *labelled, ""]))
    (folder / "test.csv").write_text("\n".join([pixels, *rows[:100], ""]))


def write_scikit_learn(path, images, labels):
    """Digits of 8×8 pixels from 0 to 16, and their labels in the last column, as `numpy.savetxt` writes them."""
    middles = [2 + 3 * k for k in range(8)]
    rows = []
    for image, label in zip(images, labels):
        small = [image[SIDE * row + column] * 16 // 255 for row in middles for column in middles]
        rows.append(",".join(f"{number:.18e}" for number in [*small, label[0]]))
    path.write_text("\n".join([*rows, ""]))


if __name__ == "__main__":
    main()
