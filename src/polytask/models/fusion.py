"""How the representations of the student become one map per level for a task.

Every fusion is called as fusion(representations, task) and returns one map (B,D,h,w) per level
and the gates (B, levels, experts), or None where nothing is gated. Gates are those of evaluation,
without noise, also while a model trains: they are there to be looked at. `width` says how many
times as wide as the stem its maps are.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.routers import MixtureOfRepresentations, clean_gate, mix
from polytask.models.sak import Representations

Fused = tuple[list[Tensor], Tensor | None]


class MixtureFusion(nn.Module):
    """One Mixture-of-Representations Router per level and task (SAK, section 3.3, Eq. (4)).

    Expert 0 is the raw stem, the teachers' normalised paths follow in order; `dims` are the levels'
    widths. Raises UserError without adapter paths, for there is then nothing to choose from.
    """

    width = 1

    def __init__(
        self,
        dims: Sequence[int],
        levels: Sequence[int],
        teachers: Sequence[str],
        tasks: Sequence[str],
    ) -> None:
        super().__init__()
        if not teachers:
            raise UserError("fusion 'mixture' needs adapter paths; use 'stem' for this student")
        self.levels, self.teachers = tuple(levels), tuple(teachers)
        self.experts = ("stem", *self.teachers)
        self.mor = nn.ModuleDict(
            {
                f"{level}_{task}": MixtureOfRepresentations(dim, 1 + len(teachers))
                for level, dim in zip(levels, dims, strict=True)
                for task in tasks
            }
        )

    def maps(self, representations: Representations) -> list[list[Tensor]]:
        """Return per level the experts' maps (B,D,h,w) that a router weighs, the stem's first."""
        paths = [representations.experts[teacher] for teacher in self.teachers]
        return [list(level) for level in zip(representations.stem, *paths, strict=True)]

    def forward(self, representations: Representations, task: str) -> Fused:
        fused, gates = [], []
        for level, maps in zip(self.levels, self.maps(representations), strict=True):
            router = self.mor[f"{level}_{task}"]
            logits_B2K = router.logits(maps[0])
            fused.append(mix(maps, router.gate_of(logits_B2K)))
            gates.append(clean_gate(logits_B2K.detach()))
        return fused, torch.stack(gates, dim=1)


class SumFusion(nn.Module):
    """The plain sum of stem and paths, the same for every task (SAK, Table 3, second row)."""

    width = 1

    def forward(self, representations: Representations, task: str) -> Fused:
        del task
        groups = zip(representations.stem, *representations.experts.values(), strict=True)
        return [sum(rest, start=first) for first, *rest in groups], None


class StemFusion(nn.Module):
    """The stem alone: the baselines and the student without biases (SAK, Table 2)."""

    width = 1

    def forward(self, representations: Representations, task: str) -> Fused:
        del task
        return representations.stem, None


class StemWithClassToken(nn.Module):
    """The stem, each level's class token appended to every patch (DINOv2; SIMO, appendix C)."""

    width = 2

    def forward(self, representations: Representations, task: str) -> Fused:
        del task
        levels = zip(representations.stem, _class_tokens(representations), strict=True)
        return [torch.cat([stem, token.expand_as(stem)], dim=1) for stem, token in levels], None


class StemPlusClassToken(nn.Module):
    """The stem, each level's class token added to every patch (DPT's readout "add")."""

    width = 1

    def forward(self, representations: Representations, task: str) -> Fused:
        del task
        levels = zip(representations.stem, _class_tokens(representations), strict=True)
        return [stem + token for stem, token in levels], None


def _class_tokens(representations: Representations) -> list[Tensor]:
    """Return the class token of every level as a map (B,D,1,1)."""
    return [token[:, :, None, None] for token in representations.class_tokens]
