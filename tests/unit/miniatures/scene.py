"""A wall with a box before it: labels of every kind that agree with each other."""

import struct
import tarfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

Size = tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """image (H, W, 3) uint8; the others (H, W), depth in metres, normals (H, W, 3)."""

    image: np.ndarray
    is_box: np.ndarray
    is_edge: np.ndarray
    depth: np.ndarray
    normals: np.ndarray


def draw(seed: int, image_hw: Size) -> Scene:
    """A scene that differs from seed to seed."""
    rng = np.random.default_rng(seed)
    height, width = image_hw
    rows, columns = np.mgrid[:height, :width]
    top, left = rng.integers(2, height // 3), rng.integers(2, width // 3)
    bottom, right = top + height // 2, left + width // 2
    is_box = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    inside = (rows > top) & (rows < bottom - 1) & (columns > left) & (columns < right - 1)
    colours = rng.integers(40, 216, (2, 3))
    grain = rng.integers(-40, 40, image_hw)
    image = np.where(is_box[..., None], colours[0], colours[1]) + grain[..., None]
    tilt = rng.normal(size=(2, 3)) - np.array([0, 0, 3])
    tilt /= np.linalg.norm(tilt, axis=1, keepdims=True)
    depth = np.where(is_box, rng.uniform(1, 2), rng.uniform(3, 4)) + rows * 0.001
    return Scene(
        image=image.astype(np.uint8),
        is_box=is_box,
        is_edge=is_box & ~inside,
        depth=depth.astype(np.float32),
        normals=np.where(is_box[..., None], tilt[0], tilt[1]),
    )


def as_png(normals: np.ndarray) -> np.ndarray:
    """Unit vectors as the PNG files of the benchmarks hold them."""
    return np.rint((normals + 1) * 127.5).astype(np.uint8)


def save(path: Path, values: np.ndarray) -> None:
    """An array as .npy, or as an image, JPEGs at their best."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, values)
    else:
        Image.fromarray(values).save(path, quality=100, subsampling=0)


def save_16(path: Path, values: np.ndarray) -> None:
    """uint16 values (H, W) or (H, W, 3) as a PNG of 16 bits per channel.

    Pillow writes no colours of 16 bits: this is the format's own header, one filtered block (each
    byte minus that of the pixel to its left) and the end.
    """
    height, width = values.shape[:2]
    pixel = 2 if values.ndim == 2 else 6
    rows = values.astype(">u2").reshape(height, -1).view(np.uint8)
    rows = np.pad(rows, ((0, 0), (pixel, 0)))
    filtered = np.insert(rows[:, pixel:] - rows[:, :-pixel], 0, 1, axis=1)
    colours = 0 if values.ndim == 2 else 2
    header = struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(filtered.tobytes())),
        (b"IEND", b""),
    ):
        data += struct.pack(">I", len(body)) + name + body
        data += struct.pack(">I", zlib.crc32(name + body))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def png(values: np.ndarray) -> bytes:
    """The bytes of a PNG file."""
    stream = BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    return stream.getvalue()


def pack(folder: Path, archive: Path, prefix: str = "") -> Path:
    """An uncompressed tar of everything in `folder`."""
    with tarfile.open(archive, "w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, arcname=prefix + path.relative_to(folder).as_posix())
    return archive
