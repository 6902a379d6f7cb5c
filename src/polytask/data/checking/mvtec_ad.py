"""Do the masks and the photos of MVTec AD belong together?"""

import re
from collections.abc import Iterator

from polytask.data.checking.findings import Finding
from polytask.data.layout import read
from polytask.data.mvtec_ad import GOOD, MVTecADLayout, read_mask
from polytask.data.published.entry import Benchmark
from polytask.errors import UserError

MASK = re.compile(r"(\w+)/ground_truth/(\w+)/(\d+)_mask\.png")


def check_masks(layout: MVTecADLayout, benchmark: Benchmark) -> Iterator[Finding]:
    """Every mask has its photo and marks something, and no training photo is of a defect."""
    for name in layout.tree.names():
        if match := MASK.fullmatch(name.removeprefix(layout.prefix)):
            photo = f"{layout.prefix}{match[1]}/test/{match[2]}/{match[3]}.png"
            if photo not in layout.tree:
                yield Finding(name, f"masks {photo}, which is missing")
            elif _is_empty(layout, name):
                yield Finding(name, "marks no pixel, and its photo is one of a defect")
    for split in layout.splits:
        if split.endswith("/train"):
            for name in layout.ids(split):
                if layout.defect(name) != GOOD:
                    yield Finding(f"{name}.png", "training photos show no defects")


def _is_empty(layout: MVTecADLayout, name: str) -> bool:
    """Whether a mask can be read and is sound throughout."""
    try:
        return not read_mask(*read(layout.tree, [name])).any()
    except UserError:
        return False  # told with the labels
