"""The layouts that labelled data sets may have, by the name that params.yaml gives them."""

from pathlib import Path

from polytask.data.layout import Layout
from polytask.data.nyud import NYUDLayout
from polytask.data.nyuv2 import NYUv2Layout
from polytask.data.pascal.reader import PascalContextLayout
from polytask.data.tree import open_tree
from polytask.errors import UserError, advice

LAYOUTS: dict[str, type[Layout]] = {
    "nyud": NYUDLayout,
    "nyuv2_npy": NYUv2Layout,
    "pascal_context": PascalContextLayout,
}


def open_layout(name: str, root: Path | str) -> Layout:
    """What lies at `root`, a folder or an uncompressed tar; raises UserError for another layout."""
    if name not in LAYOUTS:
        raise UserError(f"unknown layout {name!r}; {advice(name, LAYOUTS)}")
    layout = LAYOUTS[name].find(open_tree(root))
    if layout is None:
        kind = LAYOUTS[name]
        raise UserError(f"{root}: not in the {kind.title} layout (no {kind.sign})")
    return layout
