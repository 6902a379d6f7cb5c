"""The distillation loss between a student's representations and its teachers' (SAK, Eq. 5).

B images, D channels, h x w tokens.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

SMALLEST_NORM = 1e-8
"""Lower bound of the product of norms, so that an empty map has cosine 0."""


def _token_major(maps_BDhw: Tensor) -> Tensor:
    """Reorder to (B,h,w,D), the order in which a ViT's tokens lie in memory: no copy is made."""
    return maps_BDhw.permute(0, 2, 3, 1)


def map_cosines(student_BDhw: Tensor, teacher_BDhw: Tensor) -> Tensor:
    """The cosine (B) of each image's flattened maps."""
    student, teacher = _token_major(student_BDhw).flatten(1), _token_major(teacher_BDhw).flatten(1)
    norms_B = student.norm(dim=1) * teacher.norm(dim=1)
    return (student * teacher).sum(dim=1) / norms_B.clamp_min(SMALLEST_NORM)


def token_cosines(student_BDhw: Tensor, teacher_BDhw: Tensor) -> Tensor:
    """The cosine (B,h,w) of each token."""
    return F.cosine_similarity(student_BDhw, teacher_BDhw, dim=1)


def cosine_distance(student_BDhw: Tensor, teacher_BDhw: Tensor) -> Tensor:
    """1 - cosine of the flattened maps, one cosine per image, mean over images (SAK, Eq. 5).

    Tokens of large norm weigh more in it; `token_cosine_distance` treats tokens alike.
    """
    return 1 - map_cosines(student_BDhw, teacher_BDhw).mean()


def token_cosine_distance(student_BDhw: Tensor, teacher_BDhw: Tensor) -> Tensor:
    """1 - cosine of each token, mean over tokens and images (as in UNIC and RADIO)."""
    return 1 - token_cosines(student_BDhw, teacher_BDhw).mean()


def smooth_l1(student_BDhw: Tensor, teacher_BDhw: Tensor) -> Tensor:
    """Huber-like distance: quadratic below 1, linear above, mean over elements (SAK, Eq. 5)."""
    return F.smooth_l1_loss(student_BDhw, teacher_BDhw, beta=1.0)


def match_grids(student_BDhw: Tensor, teacher_BDhw: Tensor) -> tuple[Tensor, Tensor]:
    """Bring both maps to the larger token grid on each axis, bilinearly.

    Differs from the official code: it compares heights only, and resamples one of the two.
    """
    grid = tuple(map(max, student_BDhw.shape[2:], teacher_BDhw.shape[2:]))
    student, teacher = (
        features
        if features.shape[2:] == grid
        else F.interpolate(features, size=grid, mode="bilinear", align_corners=False)
        for features in (student_BDhw, teacher_BDhw)
    )
    return student, teacher


def distillation_loss(
    student: Mapping[str, Sequence[Tensor]],
    teacher: Mapping[str, Sequence[Tensor]],
    alpha: float = 0.9,
    beta: float = 0.1,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum over teachers and levels of alpha L_cos + beta L_smooth-L1, and each teacher's share.

    Both mappings hold a teacher's maps (B, D, h, w) by level; taken in float32. Raises ValueError
    where the levels of a teacher differ in number (SAK, Eq. 5).
    """
    parts = {}
    for name, targets in teacher.items():
        per_level = []
        for student_map, target in zip(student[name], targets, strict=True):
            pair = match_grids(student_map.float(), target.float())
            per_level.append(alpha * cosine_distance(*pair) + beta * smooth_l1(*pair))
        parts[name] = torch.stack(per_level).sum()
    return torch.stack(list(parts.values())).sum(), parts
