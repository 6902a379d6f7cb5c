"""What is checked besides images and labels, by layout."""

from collections.abc import Callable, Iterable
from typing import Any

from polytask.data.checking.coco import check_annotations
from polytask.data.checking.findings import Finding
from polytask.data.checking.imagenet import check_folders
from polytask.data.checking.mvtec_ad import check_masks
from polytask.data.published.entry import Benchmark

EXTRA_CHECKS: dict[str, Callable[[Any, Benchmark], Iterable[Finding]]] = {
    "coco": check_annotations,
    "imagenet": check_folders,
    "mvtec_ad": check_masks,
}
