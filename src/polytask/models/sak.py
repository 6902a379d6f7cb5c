"""The student of SAK: the stem, its adapter paths, and their alignment with the teachers.

Shapes: B images, D width, h w patches. Names in the state dict are those of the official code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.adapters import TeacherSpecificAdapterPath, init_weights
from polytask.models.aligners import Form, build_aligner
from polytask.models.argus.config import AdapterConfig, read_adapter
from polytask.models.low_rank import Realignment, around, build_paths
from polytask.models.stem import IMAGENET_MEAN, IMAGENET_STD, StemTokens, TeacherAgnosticStem

CHOICES = {
    "biases": ("adapter_paths", "none"),
    "aligners": ("auto", "always"),
    "aligner_form": ("linear", "mlp"),
    "realignment": ("none", "low_rank", "surgery"),
}


@dataclass(frozen=True, kw_only=True)
class StudentConfig:
    """What a student is built from; raises UserError for a value outside its range.

    `levels` are 0-based blocks (of a Swin: stages), `image_size` (H, W) pixels of the position
    embedding. `biases`
    "none" is the student without biases: linear aligners on the stem (SAK, Table 2). `aligners`
    "auto" adds a layer after a path only where the teacher has another width; `aligner_form` "mlp"
    makes it RADIO's two layers. `realignment`
    adds a low-rank path to every block of a merged encoder (SIMO, section 5.0.2). `adapter` makes
    the student an AdaptedStudent (Argus, section 3.1).
    """

    model: str
    image_size: tuple[int, int]
    levels: tuple[int, ...]
    model_args: dict[str, Any] = field(default_factory=dict)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    biases: Literal["adapter_paths", "none"] = "adapter_paths"
    reduction: int = 4
    aligners: Literal["auto", "always"] = "auto"
    aligner_form: Form = "linear"
    zero_init_up: bool = False
    realignment: Realignment = "none"
    realignment_rank: int = 16
    adapter: AdapterConfig | None = None

    def __post_init__(self) -> None:
        size = self.image_size
        tuples = {"image_size": (size, size) if isinstance(size, int) else size}
        tuples |= {name: getattr(self, name) for name in ("levels", "mean", "std")}
        for name, values in tuples.items():
            object.__setattr__(self, name, tuple(values))
        for name, allowed in CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                raise UserError(f"student {name}: {value!r} is not one of {', '.join(allowed)}")
        if isinstance(self.adapter, Mapping):
            object.__setattr__(self, "adapter", read_adapter(self.adapter))
        if self.realignment_rank < 1:
            raise UserError(f"student realignment_rank: {self.realignment_rank} is not 1 or more")


@dataclass
class Representations:
    """Maps per level: raw stem (B,D,h,w), normalised paths and, in teachers' widths, aligned.

    `class_tokens` are the stem's (B,D) per level; none where the ViT has no class token.
    """

    stem: list[Tensor]
    experts: dict[str, list[Tensor]]
    aligned: dict[str, list[Tensor]]
    class_tokens: list[Tensor] = field(default_factory=list)


def check_teacher_names(names: Iterable[str]) -> None:
    """Raise UserError for a name that cannot be part of a state dict's key."""
    for name in names:
        if not name.isidentifier():
            raise UserError(f"teacher {name!r}: use letters, digits and underscores only")


class Student(TeacherAgnosticStem):
    """A stem with one Teacher-Specific Adapter Path per teacher (SAK, section 3.2).

    `teacher_dims` maps teacher names, in expert order, to widths; empty makes a plain ViT. Images
    are padded to multiples of `padded_to`; heads see `num_maps` maps.
    Differs from the paper: a LayerNorm per level and teacher follows each path (official code).
    """

    def __init__(self, config: StudentConfig, teacher_dims: Mapping[str, int]) -> None:
        super().__init__(
            config.model, config.model_args, config.image_size, config.levels,
            config.mean, config.std,
        )  # fmt: skip
        self.config, self.teacher_dims = config, dict(teacher_dims)
        self.padded_to, self.num_maps = self.patch, len(self.levels)
        paths = self.path_teachers = tuple(teacher_dims) if config.biases != "none" else ()
        check_teacher_names(teacher_dims)
        path_args = (self.dim, len(self.vit.blocks), config.reduction, config.zero_init_up)
        self.tsap = nn.ModuleDict({t: TeacherSpecificAdapterPath(*path_args) for t in paths})
        self.out_norms = nn.ModuleDict({k: nn.LayerNorm(self.dim) for k in self._keys(paths)})
        aligned = [t for t, width in teacher_dims.items() if self._needs_aligner(width)]
        self.ts_aligners = nn.ModuleDict(
            {
                f"{i}_{t}": build_aligner(config.aligner_form, self.dim, teacher_dims[t])
                for i in self.levels
                for t in aligned
            }
        ).apply(init_weights)
        self.realignment = build_paths(
            config.realignment, self.dim, len(self.vit.blocks), config.realignment_rank
        )

    @property
    def map_dims(self) -> tuple[int, ...]:
        """The width of each map that heads see, before fusion."""
        return (self.dim,) * self.num_maps

    @property
    def last_block(self) -> nn.Module:
        """The last block that heads read."""
        return self.vit.blocks[self.levels[-1]]

    def train_all(self) -> None:
        """Let all that is ever trained have gradients."""
        self.requires_grad_(True)

    def blocks(self) -> Iterable[Callable[[Tensor], Tensor]]:
        """Return the blocks of the ViT, with their re-alignment where there is one."""
        return around(self.vit.blocks, self.realignment)

    def _keys(self, teachers: Iterable[str]) -> list[str]:
        return [f"{level}_{teacher}" for level in self.levels for teacher in teachers]

    def _needs_aligner(self, width: int) -> bool:
        without_biases = self.config.biases == "none"
        return without_biases or self.config.aligners == "always" or width != self.dim

    def forward(self, images_B3HW: Tensor) -> Representations:
        """Return the multi-level representations of images in [0, 1] of any size."""
        stem = self.encode(images_B3HW)
        normed = {t: self._path_levels(stem, t) for t in self.path_teachers}
        raw = [stem.tokens[level + 1] for level in self.levels]
        aligned = {t: self._align(normed.get(t, raw), t) for t in self.teacher_dims}
        return Representations(
            stem=[stem.to_map(tokens) for tokens in raw],
            experts={t: [stem.to_map(x) for x in levels] for t, levels in normed.items()},
            aligned={t: [stem.to_map(x) for x in levels] for t, levels in aligned.items()},
            class_tokens=[tokens[:, 0] for tokens in raw] if self.vit.has_class_token else [],
        )

    def _path_levels(self, stem: StemTokens, teacher: str) -> list[Tensor]:
        """Return the normalised R_l (B,N,D) of one teacher at the chosen levels."""
        path = self.tsap[teacher](stem.tokens)
        return [self.out_norms[f"{i}_{teacher}"](path[i + 1]) for i in self.levels]

    def _align(self, levels: list[Tensor], teacher: str) -> list[Tensor]:
        """Return tokens in the teacher's width: through the aligner where there is one."""
        if not self._needs_aligner(self.teacher_dims[teacher]):
            return levels
        return [
            self.ts_aligners[f"{i}_{teacher}"](tokens)
            for i, tokens in zip(self.levels, levels, strict=True)
        ]
