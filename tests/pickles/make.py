"""Makes the pickles in this directory: one data set in every spelling that Python and NumPy have for it.

    python2 make.py python2_numpy1     # with NumPy 1.16
    python3 make.py python3_numpy1     # with NumPy 1.26
    python3 make.py python3_numpy2     # with NumPy 2.4; makes those of other element types as well

6 images train, 2 validate, 2 test; an image has 64 pixels. Image i of all 10 has the label i. Pixel i of the learning
images is k / 256 with k = 37 * i modulo 256; pixel i of the test images is a float of the bits 3f00, 2 * i + 1, 2 * i,
so that every byte occurs in the file.
"""

import pickle
import sys

import numpy


def data_set(images="<f4", labels="<i8", convert=lambda array: array):
    learning = (37 * numpy.arange(8 * 64) % 256) / 256.0
    index = numpy.arange(2 * 64)
    test = (0x3F000000 + 0x100 * (2 * index + 1) + 2 * index).astype("<u4").view("<f4")
    if images == "|u1":
        learning, test = learning * 256, 2 * index
    pixels = numpy.concatenate([learning.astype("<f4"), test]).astype(images).reshape(10, 64)
    numbers = numpy.arange(10).astype(labels)
    # `copy`, because a view has another pickle in protocol 5.
    part = lambda rows: (convert(pixels[rows].copy()), numbers[rows].copy())
    return part(slice(0, 6)), part(slice(6, 8)), part(slice(8, 10))


def write(name, value, protocol):
    with open(name + ".pkl", "wb") as file:
        pickle.dump(value, file, protocol)


writer = sys.argv[1]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    write("%s_protocol%d" % (writer, protocol), data_set(), protocol)

if writer == "python3_numpy2":
    write("big_endian", data_set(">f4", ">i8"), 4)
    write("float64_int32", data_set("<f8", "<i4"), 4)
    write("big_endian_float64_int16", data_set(">f8", ">i2"), 4)
    write("uint8_uint8", data_set("|u1", "|u1"), 4)
    write("rows_and_columns", data_set(convert=lambda images: images.reshape(-1, 4, 16)), 4)
    write("column_major_protocol4", data_set(convert=numpy.asfortranarray), 4)
    write("column_major_protocol5", data_set(convert=numpy.asfortranarray), 5)
    write("objects", data_set(convert=lambda images: images.astype(object)), 4)
    write("lists", list(map(list, data_set())), 4)
    write("two_pairs", data_set()[:2], 4)
