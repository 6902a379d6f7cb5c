"""Distances of one student from many teachers, image by image, as others measure them.

B images, D channels, h x w tokens, T teachers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.losses.distillation import map_cosines, match_grids, token_cosines


@dataclass(frozen=True, kw_only=True)
class Matching:
    """How a student is compared with its teachers; raises UserError for a value out of range.

    `alpha` times a cosine distance plus `beta` times smooth L1. `cosine` is taken of the whole map
    (SAK, Theia) or of each token (RADIO, UNIC); `levels` says which levels count. In each step a
    teacher is dropped for an image with probability `teacher_dropping` (UNIC).
    """

    alpha: float
    beta: float
    cosine: Literal["map", "token"]
    levels: Literal["all", "last"]
    teacher_dropping: float

    def __post_init__(self) -> None:
        if not 0 <= self.teacher_dropping < 1:
            raise UserError(f"teacher_dropping: {self.teacher_dropping} is not in 0 .. 1")


def distances(
    student: Mapping[str, Sequence[Tensor]],
    teacher: Mapping[str, Sequence[Tensor]],
    matching: Matching,
) -> Tensor:
    """Each image's distance from each teacher (B,T), summed over the levels that count.

    Both mappings hold a teacher's maps (B,D,h,w) by level. Raises ValueError where the levels of a
    teacher differ in number.
    """
    counted = slice(None) if matching.levels == "all" else slice(-1, None)
    per_teacher = []
    for name, targets in teacher.items():
        pairs = list(zip(student[name], targets, strict=True))[counted]
        per_level = [_distance(*match_grids(*pair), matching) for pair in pairs]
        per_teacher.append(torch.stack(per_level).sum(dim=0))
    return torch.stack(per_teacher, dim=1)


def _distance(student_BDhw: Tensor, teacher_BDhw: Tensor, matching: Matching) -> Tensor:
    """Of each image (B): alpha times a cosine distance plus beta times smooth L1."""
    smooth_B = F.smooth_l1_loss(student_BDhw, teacher_BDhw, reduction="none").flatten(1).mean(dim=1)
    if matching.cosine == "token":
        cosine_B = token_cosines(student_BDhw, teacher_BDhw).flatten(1).mean(dim=1)
    else:
        cosine_B = map_cosines(student_BDhw, teacher_BDhw)
    return matching.alpha * (1 - cosine_B) + matching.beta * smooth_B


def kept_teachers(distances_BT: Tensor, noise_BT: Tensor, probability: float) -> Tensor:
    """Which teachers (B,T) an image learns from: each is dropped with `probability`.

    The one that it is farthest from is always kept. `noise_BT` is standard normal (UNIC's
    teacher dropping, arXiv:2408.05088).
    """
    threshold = torch.special.ndtri(torch.tensor(probability, device=distances_BT.device))
    farthest = F.one_hot(distances_BT.argmax(dim=1), distances_BT.shape[1]).bool()
    return (noise_BT > threshold) | farthest
