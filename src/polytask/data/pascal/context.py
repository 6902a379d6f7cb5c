"""The 459 classes of PASCAL-Context: boundaries between them, and on which normals are trusted."""

import numpy as np

from polytask.data.labels import check_size
from polytask.data.layout import Source
from polytask.data.pascal.mat_files import read_variable
from polytask.data.views import Size
from polytask.errors import UserError

NUM_CONTEXT_CLASSES = 459

NORMALS_CLASSES = frozenset([
    3, 4, 6, 9, 10, 11, 13, 15, 17, 18, 22, 23, 29, 30, 33, 34, 36, 37, 38, 39, 41, 43, 46, 49,
    50, 51, 53, 55, 56, 59, 61, 62, 65, 66, 68, 69, 72, 73, 78, 83, 84, 85, 87, 88, 95, 96, 101,
    104, 105, 107, 111, 113, 115, 122, 124, 135, 141, 142, 143, 146, 150, 154, 157, 158, 159,
    165, 172, 174, 181, 183, 184, 191, 193, 195, 197, 199, 202, 213, 215, 216, 219, 220, 223,
    225, 228, 230, 232, 233, 238, 239, 242, 243, 246, 250, 251, 252, 255, 260, 261, 263, 269,
    272, 273, 275, 281, 283, 284, 285, 286, 287, 288, 290, 291, 292, 293, 295, 304, 307, 309,
    310, 314, 315, 319, 323, 329, 330, 331, 336, 342, 345, 349, 350, 351, 352, 355, 357, 368,
    370, 371, 374, 379, 380, 383, 384, 397, 401, 403, 405, 407, 408, 411, 412, 413, 414, 417,
    419, 421, 423, 427, 429, 430, 432, 440, 441, 442, 443, 444, 446, 454, 457,
])  # fmt: skip
"""Classes whose names NYU Depth V2 has too, but "unknown", and tvmonitor (427).

The normals are another network's, trained on NYU Depth V2: elsewhere they mean nothing (ASTMT).
"""


def label_map(source: Source, image_hw: Size) -> np.ndarray:
    """Context classes (H, W), 0 unlabelled, of pascal-context/trainval/{id}.mat."""
    values = read_variable(source, "LabelMap")
    if values.ndim != 2 or values.dtype.kind not in "buif":
        raise UserError(f"{source.path}: LabelMap must be one number per pixel")
    check_size(values, source.path, image_hw)
    if not (values.min() >= 0 and values.max() <= NUM_CONTEXT_CLASSES):
        raise UserError(f"{source.path}: class {values.max()} is outside 0..{NUM_CONTEXT_CLASSES}")
    return values.astype(np.int32)


def boundaries(classes_HW: np.ndarray) -> np.ndarray:
    """Boundaries between classes, one pixel wide, as uint8 0 and 1.

    Where the Laplacian of the class numbers (four neighbours, mirrored at the border) is not zero,
    thinned: the label that networks are trained on since ASTMT. A pixel whose neighbours' numbers
    balance its own is none, as there.
    """
    from skimage.morphology import thin  # late: only this task waits for it

    padded = np.pad(classes_HW.astype(np.int32), 1, mode="reflect")
    neighbours = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return thin(neighbours != 4 * padded[1:-1, 1:-1]).astype(np.uint8)


def trusted_normals(normals_HW3: np.ndarray, classes_HW: np.ndarray) -> np.ndarray:
    """Encoded normals (3, H, W), grey, which means invalid, on classes that NYU does not know."""
    trusted_HW = np.isin(classes_HW, list(NORMALS_CLASSES))
    return np.ascontiguousarray(
        np.where(trusted_HW[..., None], normals_HW3, np.uint8(128)).transpose(2, 0, 1)
    )
