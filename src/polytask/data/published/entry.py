"""What is said of one data set, and of the archives in which it is offered."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A packed copy as it is offered for download; what is not published about it is None.

    `url` is a direct link, None where a login or a click is needed. `checksum` is "sha256:...",
    "sha1:..." or "md5:..." in full; `source` says who published it, or where the file is found.
    """

    url: str | None = None
    num_bytes: int | None = None
    checksum: str | None = None
    source: str


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A data set as papers use it; heights come before widths, depths are in metres.

    `image_hw` is the size of every image, None where they differ; none is larger than `max_hw`
    where that is known. `splits` counts images, None where no number is published; `per_folder`
    counts those of a split in each folder with which its ids begin. `subsets` are lists that a copy
    may have besides: name -> the split that all of it is part of, and how many images. `max_depth`
    is as far as the depth camera sees, and between `median_depth` lies the median of any image;
    `max_disparity` is as large as disparities get, in the unit of the files' reader. `may_be_empty`
    names the tasks of which an image may have no valid pixel.
    """

    title: str
    layout: str
    tasks: tuple[str, ...]
    num_classes: int
    splits: Mapping[str, int | None]
    image_hw: tuple[int, int] | None = None
    max_hw: tuple[int, int] | None = None
    max_depth: float = 10.0
    median_depth: tuple[float, float] = (0.0, math.inf)
    max_disparity: float = 128.0
    may_be_empty: tuple[str, ...] = ()
    per_folder: Mapping[str, int] = field(default_factory=dict)
    subsets: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    archives: Mapping[str, Archive] = field(default_factory=dict)
