"""A damaged .mat file is one line, wherever the damage is: scipy alone may end the process."""

import struct
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from polytask.data.layout import Source
from polytask.data.pascal.mat_check import HEADER, check_mat
from polytask.data.pascal.mat_files import read_variable
from polytask.errors import UserError

FLIPS = """
import random, sys
from polytask.data.layout import Source
from polytask.data.pascal.mat_files import read_variable
from polytask.errors import UserError

good, random, refused = sys.stdin.buffer.read(), random.Random(0), 0
for number in range(1500):
    bad = bytearray(good)
    bad[number % len(good)] ^= 1 << random.randrange(8)
    if number % 3 == 0:
        bad[random.randrange(len(good))] = 255
    try:
        read_variable(Source(bytes(bad), "a.mat"), "anno")
    except UserError:
        refused += 1
print(refused)
"""


def anno() -> dict:
    parts = [{"part_name": name, "mask": np.eye(5, dtype=np.uint8)} for name in ("head", "torso")]
    person = {"class": "person", "class_ind": 15, "mask": np.ones((5, 5), np.uint8)}
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = np.arange(3.0), np.array([], np.uint8)
    return {"imname": "2008_000001", "objects": [{**person, "parts": parts}], "cells": cells}


def mat(compressed: bool = False, **values) -> bytes:
    file = BytesIO()
    savemat(file, values or {"anno": anno(), "z": np.array([1 + 2j])}, do_compression=compressed)
    return file.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_whole_file_passes(compressed):
    check_mat(mat(compressed))
    assert read_variable(Source(mat(compressed), "a.mat"), "anno")["imname"][0, 0] == "2008_000001"


def test_the_other_byte_order_passes():
    words = struct.pack(">2I2I", 6, 8, 9, 0)  # flags: uint8
    words += struct.pack(">2I2i", 5, 8, 1, 2)  # 1 x 2
    words += struct.pack(">HH4s", 1, 1, b"a")  # its name
    words += struct.pack(">HH4s", 2, 2, bytes([7, 8]))
    data = b"MATLAB 5.0".ljust(124) + b"\1\0MI" + struct.pack(">2I", 14, len(words)) + words
    check_mat(data)
    assert loadmat(BytesIO(data))["a"].tolist() == [[7, 8]]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_anywhere_is_refused(compressed):
    good = mat(compressed, anno=anno())
    for length in range(HEADER + 1, len(good)):
        with pytest.raises(UserError, match=r"a\.mat: truncated or unreadable"):
            read_variable(Source(good[:length], "a.mat"), "anno")


def test_a_type_that_there_is_not_is_refused():
    good = mat(a=np.arange(8, dtype=np.uint8))
    place = good.index(struct.pack("<2I8B", 2, 8, *range(8)))
    with pytest.raises(ValueError, match="numbers of another length"):
        check_mat(good[:place] + struct.pack("<I", 200) + good[place + 4 :])


def test_other_versions_are_refused():
    for data in (b"", b"\0\0\0\0" + mat()[4:], b"MATLAB 7.3".ljust(124) + b"\0\2IM"):
        with pytest.raises(ValueError, match="no MATLAB file of version 5"):
            check_mat(data)


@pytest.mark.parametrize("compressed", [False, True])
def test_no_flipped_bit_ends_the_process(compressed):
    words = [sys.executable, "-c", FLIPS]
    done = subprocess.run(words, input=mat(compressed), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert int(done.stdout) > 300
