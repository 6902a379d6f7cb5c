"""The layouts that labelled data sets may have, by the name that params.yaml gives them."""

from pathlib import Path

from polytask.data.ade20k import ADE20KLayout
from polytask.data.cityscapes.npy import CityscapesNpyLayout
from polytask.data.cityscapes.reader import CityscapesLayout
from polytask.data.coco.reader import COCOLayout
from polytask.data.imagenet import ImageNetLayout
from polytask.data.layout import Layout
from polytask.data.mvtec_ad import MVTecADLayout
from polytask.data.nyud import NYUDLayout
from polytask.data.nyuv2 import NYUv2Layout
from polytask.data.pascal.reader import PascalContextLayout
from polytask.data.synthia import SynthiaLayout
from polytask.data.taskonomy.reader import TaskonomyLayout
from polytask.data.taskonomy.simo import SimoTaskonomyLayout
from polytask.data.tree import open_tree
from polytask.data.vkitti2 import VirtualKITTI2Layout
from polytask.errors import UserError, advice

LAYOUTS: dict[str, type[Layout]] = {
    "cityscapes": CityscapesLayout,
    "cityscapes_npy": CityscapesNpyLayout,
    "ade20k": ADE20KLayout,
    "coco": COCOLayout,
    "imagenet": ImageNetLayout,
    "mvtec_ad": MVTecADLayout,
    "nyud": NYUDLayout,
    "nyuv2_npy": NYUv2Layout,
    "pascal_context": PascalContextLayout,
    "synthia": SynthiaLayout,
    "vkitti2": VirtualKITTI2Layout,
    "taskonomy": TaskonomyLayout,
    "taskonomy_simo": SimoTaskonomyLayout,
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
