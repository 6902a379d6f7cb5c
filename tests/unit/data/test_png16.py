"""16 bits per channel, and depth in centimetres."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.scene import save, save_16

from polytask.data.centimetres import read_centimetres
from polytask.data.layout import Source
from polytask.data.png16 import read_png_16
from polytask.errors import UserError

VALUES = np.random.default_rng(0).integers(0, 1 << 16, (5, 7, 3), dtype=np.uint16)


@pytest.mark.parametrize("values", [VALUES, VALUES[..., 0]], ids=["colour", "grey"])
def test_every_bit_is_read(tmp_path: Path, values: np.ndarray) -> None:
    save_16(tmp_path / "a.png", values)
    read = read_png_16((tmp_path / "a.png").read_bytes(), "a.png")
    assert read.dtype == np.uint16 and (read == values).all()


@pytest.mark.parametrize("values", [VALUES, VALUES[..., 0]], ids=["colour", "grey"])
def test_a_cut_file_is_named(tmp_path: Path, values: np.ndarray) -> None:
    save_16(tmp_path / "a.png", values)
    data = (tmp_path / "a.png").read_bytes()
    for end in (0, 20, len(data) // 2):
        with pytest.raises(UserError, match=r"^a\.png: truncated or unreadable"):
            read_png_16(data[:end], "a.png")


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_8_bits_are_refused(tmp_path: Path, mode: str) -> None:
    save(tmp_path / "a.png", (VALUES if mode == "RGB" else VALUES[..., 0]).astype(np.uint8))
    with pytest.raises(UserError, match=rf"a\.png: .* 16 bits per channel; is {mode}$"):
        read_png_16((tmp_path / "a.png").read_bytes(), "a.png")


@pytest.mark.parametrize("channels", [1, 3])
def test_centimetres_become_metres_and_what_is_far_is_invalid(
    tmp_path: Path, channels: int
) -> None:
    values = np.array([[0, 1, 250], [65534, 65535, 300]], np.uint16)
    save_16(tmp_path / "a.png", values if channels == 1 else np.stack([values] * 3, -1))
    source = Source((tmp_path / "a.png").read_bytes(), "a.png")
    metres = read_centimetres(source, (2, 3))
    assert metres.dtype == np.float32
    np.testing.assert_allclose(metres, [[0, 0.01, 2.5], [655.34, 0, 3]], rtol=1e-6)
    with pytest.raises(UserError, match=r"a\.png: the label is 2 x 3 pixels, its image 3 x 2"):
        read_centimetres(source, (3, 2))
