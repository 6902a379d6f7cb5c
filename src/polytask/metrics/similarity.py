"""Similarity of student and teacher representations (Rep Sim), centred so that it can be low.

B images, D channels, h x w tokens. Raw cosines of ViT tokens sit near 1 for anything, because a
large constant vector dominates them; it has to be removed first.
"""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from polytask.errors import UserError


class MeanFeature:
    """Mean feature of a data set: per channel (D, 1, 1), or per channel and position (D, h, w)."""

    def __init__(self, per_position: bool = False) -> None:
        self.per_position = per_position
        self.total: Tensor | float = 0.0
        self.num_images = 0

    def update(self, features_BDhw: Tensor) -> None:
        """Add the features of a batch."""
        self.total = self.total + features_BDhw.double().sum(dim=0)
        self.num_images += len(features_BDhw)

    def compute(self) -> Tensor:
        """The mean as float32; UserError before any update."""
        if isinstance(self.total, float):
            raise UserError("rep_sim: no features were seen; the data set is empty")
        mean_Dhw = self.total / self.num_images
        mean = mean_Dhw if self.per_position else mean_Dhw.mean(dim=(1, 2), keepdim=True)
        return mean.float()


class RepresentationSimilarity:
    """Mean cosine over all tokens between centred student and teacher features (SAK, Table 3).

    `student_mean` and `teacher_mean` come from `MeanFeature` over the same images: (D, 1, 1)
    removes each channel's mean, (D, h, w) also the fixed pattern of positions, 0.0 nothing (raw).
    """

    def __init__(self, student_mean: Tensor | float, teacher_mean: Tensor | float) -> None:
        self.student_mean, self.teacher_mean = student_mean, teacher_mean
        self.total, self.num_tokens = 0.0, 0

    def update(self, student_BDhw: Tensor, teacher_BDhw: Tensor) -> None:
        """Add features of equal shape; UserError where channels or grids differ."""
        if student_BDhw.shape != teacher_BDhw.shape:
            raise UserError(
                f"rep_sim: student features {tuple(student_BDhw.shape)} and teacher features "
                f"{tuple(teacher_BDhw.shape)} differ in shape; align and resize them first"
            )
        student = student_BDhw.float() - self.student_mean
        teacher = teacher_BDhw.float() - self.teacher_mean
        cosine_Bhw = cosine_similarity(student, teacher, dim=1)
        self.total += float(cosine_Bhw.sum(dtype=torch.float64))
        self.num_tokens += cosine_Bhw.numel()

    def compute(self) -> float:
        """Mean cosine in [-1, 1]; UserError before any update."""
        if not self.num_tokens:
            raise UserError("rep_sim: no features were seen; the data set is empty")
        return self.total / self.num_tokens


def centred_cosine(student_BDhw: Tensor, teacher_BDhw: Tensor, per_position: bool = False) -> float:
    """Rep Sim of one set of features that fits in memory, centred by its own means."""
    means = []
    for features in (student_BDhw, teacher_BDhw):
        mean = MeanFeature(per_position)
        mean.update(features)
        means.append(mean.compute())
    similarity = RepresentationSimilarity(*means)
    similarity.update(student_BDhw, teacher_BDhw)
    return similarity.compute()
