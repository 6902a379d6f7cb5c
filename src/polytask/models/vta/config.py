"""What a VTA model is built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from polytask.errors import UserError, advice
from polytask.models.stem import IMAGENET_MEAN, IMAGENET_STD

NUM_STAGES = 4
"""Stages of a decoder (VTA, section 3.3)."""


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """A timm backbone; raises UserError for what cannot be.

    `at` names, in their order, the blocks that have an adapter beside them ("layers.2.blocks.14").
    `skips` names blocks whose maps guide the last stages of the decoders, finest first; one with an
    adapter stands for what that adapter says. `mean` and `std` normalise images in [0, 1].
    """

    model: str
    at: tuple[str, ...]
    skips: tuple[str, ...] = ()
    model_args: Mapping[str, Any] = field(default_factory=dict)
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        for name in ("at", "skips", "mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.at:
            raise UserError(
                f"backbone {self.model}: `at` names no block; adapters need one or more"
            )
        if len(self.skips) >= NUM_STAGES:
            most = NUM_STAGES - 1
            raise UserError(
                f"backbone {self.model}: `skips` names {len(self.skips)} blocks; at most {most}"
            )


@dataclass(frozen=True, kw_only=True)
class AdapterConfig:
    """The adapters; raises UserError for a value outside its range.

    `window`: tokens per side of an attention window; `bottleneck`: how many times narrower than the
    backbone the feed-forward networks are; `task_dim`: width of a task's representation. Without
    `taa` attention is plain, without `tsn` the norm is a LayerNorm (the paper's ablations).
    """

    window: int
    bottleneck: int
    task_dim: int
    taa: bool = True
    tsn: bool = True

    def __post_init__(self) -> None:
        for name in ("window", "bottleneck", "task_dim"):
            if (value := getattr(self, name)) < 1:
                raise UserError(f"adapter {name}: {value} is not 1 or more")


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """A decoder of four stages; raises UserError for widths that cannot be halved and shared out.

    `dim` and `num_heads` are those of the first stage; both halve with every stage.
    """

    dim: int
    window: int
    num_heads: int

    def __post_init__(self) -> None:
        for name in ("dim", "window", "num_heads"):
            if (value := getattr(self, name)) < 1:
                raise UserError(f"decoder {name}: {value} is not 1 or more")
        halvings = 2 ** (NUM_STAGES - 1)
        if self.dim % halvings:
            raise UserError(f"decoder dim: {self.dim} is not a multiple of {halvings}")
        for width, heads in zip(self.widths, self.heads, strict=True):
            if width % heads:
                raise UserError(f"decoder num_heads: {heads} heads do not share out {width} values")

    @property
    def widths(self) -> list[int]:
        return [self.dim >> stage for stage in range(NUM_STAGES)]

    @property
    def heads(self) -> list[int]:
        return [max(1, self.num_heads >> stage) for stage in range(NUM_STAGES)]


@dataclass(frozen=True, kw_only=True)
class VtaConfig:
    """A VTA model; without an adapter it is the plain multitask model on the same backbone.

    With the decoder "conv" its tasks have SAK's heads, on the skips and the last block's map.
    """

    backbone: BackboneConfig
    frozen: bool
    adapter: AdapterConfig | None
    decoder: DecoderConfig | Literal["conv"]

    def __post_init__(self) -> None:
        if isinstance(self.decoder, str) and self.decoder != "conv":
            raise UserError(
                f"vta decoder: {self.decoder!r} is not conv; or give dim, window and num_heads"
            )


def read_vta(values: Mapping[str, Any]) -> VtaConfig:
    """Read a model file's plain `vta`; raises UserError for an unknown or missing key."""
    _check_keys(VtaConfig, values, "vta")
    parts: dict[str, Any] = dict(values)
    kinds = {"backbone": BackboneConfig, "adapter": AdapterConfig, "decoder": DecoderConfig}
    for name, kind in kinds.items():
        if isinstance(part := parts[name], Mapping):
            _check_keys(kind, part, f"vta {name}")
            parts[name] = kind(**part)
    return VtaConfig(**parts)


def _check_keys(kind: type, values: Mapping[str, Any], where: str) -> None:
    known = {each.name: each.default is each.default_factory for each in fields(kind)}
    for key in values:
        if key not in known:
            raise UserError(f"{where}: unknown key {key!r}; {advice(key, known)}")
    for key, needed in known.items():
        if needed and key not in values:
            raise UserError(f"{where}: the key {key!r} is missing")
