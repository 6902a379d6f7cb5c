"""NYUv2 with 13 classes as MTAN prepared it, and SIMO's validation and test images of it.

{train,val}/{image,label,depth,normal}/{i}.npy: label (H, W) -1 ignored, depth (H, W, 1) metres,
0 invalid, normal (H, W, 3) unit vectors, 0 invalid.
"""

from collections.abc import Mapping
from typing import ClassVar

from polytask.data.mtan import NumberedFolders


class NYUv2Layout(NumberedFolders):
    """SIMO's `simo_val` and `simo_test` are drawn from MTAN's 654 `val` images."""

    title = "NYUv2 13-class"
    sign = "train/image/*.npy beside label/ or normal/"
    folders: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "semseg": ("label",),
        "depth": ("depth",),
        "normals": ("normal",),
    }
    own = frozenset({"label", "normal"})
    drawn_from = "val"
    drawn: ClassVar[Mapping[str, int]] = {"simo_val": 400, "simo_test": 254}
