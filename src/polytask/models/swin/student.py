"""The student of SAK on a stem with stages (SAK, appendix C).

Shapes: B images, D width of a level, h w tokens of a level.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.adapters import init_weights
from polytask.models.aligners import build_aligner
from polytask.models.sak import Representations, StudentConfig, check_teacher_names
from polytask.models.swin.path import StagedAdapterPath
from polytask.models.swin.stem import StagedStem


class StagedStudent(StagedStem):
    """A Swin with one adapter path per teacher; each level has its own width and size.

    As `Student` it names its parts `vit`, `tsap`, `out_norms` and `ts_aligners`; a level is a
    stage. An aligner follows a path wherever the level is not as wide as the teacher. Raises
    UserError for what needs a plain ViT: re-alignment, Argus' adapter.
    """

    def __init__(self, config: StudentConfig, teacher_dims: Mapping[str, int]) -> None:
        super().__init__(config.model, config.model_args, config.levels, config.mean, config.std)
        for key, none in (("realignment", "none"), ("adapter", None)):
            if getattr(config, key) != none:
                raise UserError(f"student {key}: {config.model} has stages; it needs a plain ViT")
        check_teacher_names(teacher_dims)
        self.config, self.teacher_dims = config, dict(teacher_dims)
        self.map_dims = tuple(self.stage_dims[level] for level in self.levels)
        self.num_maps = len(self.levels)
        paths = self.path_teachers = tuple(teacher_dims) if config.biases != "none" else ()
        path_args = (self.stage_dims, self.stage_lengths, config.reduction, config.zero_init_up)
        self.tsap = nn.ModuleDict({t: StagedAdapterPath(*path_args) for t in paths})
        widths = dict(zip(self.levels, self.map_dims, strict=True))
        self.out_norms = nn.ModuleDict(
            {f"{i}_{t}": nn.LayerNorm(dim) for i, dim in widths.items() for t in paths}
        )
        self.ts_aligners = nn.ModuleDict(
            {
                f"{i}_{t}": build_aligner(config.aligner_form, dim, width)
                for i, dim in widths.items()
                for t, width in teacher_dims.items()
                if not paths or config.aligners == "always" or width != dim
            }
        ).apply(init_weights)

    @property
    def last_block(self) -> nn.Module:
        """The last block that heads read."""
        return self.vit.layers[self.levels[-1]].blocks[-1]

    def train_all(self) -> None:
        """Let all that is ever trained have gradients."""
        self.requires_grad_(True)

    def forward(self, images_B3HW: Tensor) -> Representations:
        """Return the multi-level representations of images in [0, 1] of any size."""
        stages = self.encode(images_B3HW)
        raw = [stages[level][-1] for level in self.levels]
        normed = {t: self._path_levels(stages, t) for t in self.path_teachers}
        aligned = {t: self._align(normed.get(t, raw), t) for t in self.teacher_dims}
        return Representations(
            stem=_to_maps(raw),
            experts={t: _to_maps(levels) for t, levels in normed.items()},
            aligned={t: _to_maps(levels) for t, levels in aligned.items()},
        )

    def _path_levels(self, stages: Sequence[Sequence[Tensor]], teacher: str) -> list[Tensor]:
        """Return the normalised R (B,h,w,D) of one teacher at the chosen stages' ends."""
        ends = self.tsap[teacher](stages)
        return [self.out_norms[f"{i}_{teacher}"](ends[i]) for i in self.levels]

    def _align(self, levels: Sequence[Tensor], teacher: str) -> list[Tensor]:
        """Return tokens in the teacher's width: through the aligner where there is one."""
        keys = [f"{i}_{teacher}" for i in self.levels]
        return [
            self.ts_aligners[key](tokens) if key in self.ts_aligners else tokens
            for key, tokens in zip(keys, levels, strict=True)
        ]


def _to_maps(levels_BhwD: Sequence[Tensor]) -> list[Tensor]:
    """Return (B,D,h,w) per level, without a copy."""
    return [tokens.permute(0, 3, 1, 2) for tokens in levels_BhwD]
