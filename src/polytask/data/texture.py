"""Texture of an image: how strongly its brightness changes, whatever the direction."""

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def texture(pixels_3HW: np.ndarray) -> np.ndarray:
    """Sobel magnitude (H, W) float32, 0 to 1, of RGB pixels uint8 (3, H, W), made grey (BT.601).

    Differences of pixels two apart, weighted 1, 2, 1 across and divided by four; the root of the
    mean of both squares, so that a step by all of the range is 0.71 along an axis. The border is
    repeated beyond the image.
    """
    grey = np.pad(np.tensordot(LUMA / 255, pixels_3HW.astype(np.float32), 1), 1, mode="edge")
    down = (grey[:-2] + 2 * grey[1:-1] + grey[2:]) / 4
    across = (grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]) / 4
    columns, rows = down[:, 2:] - down[:, :-2], across[2:] - across[:-2]
    return np.sqrt((columns**2 + rows**2) / 2)
