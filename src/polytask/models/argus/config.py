"""What an Argus adapter is built from, and its norms."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from torch import nn

from polytask.errors import UserError
from polytask.models.norms import WholeBatchNorm2d


@dataclass(frozen=True, kw_only=True)
class AdapterConfig:
    """The adapter of a plain ViT; raises UserError for a value outside its range.

    `norm` is that of the convolutions: "group" of `num_groups`, or "batch" as in ViT-Adapter.
    `scale_tokens` brings the ViT's tokens to one length before they are injected into.
    `freeze_vit` trains the adapter alone (all three: Argus, Table 3). The rest are the sizes of
    ViT-Adapter (Argus, section 3.1).
    """

    norm: Literal["group", "batch"]
    num_groups: int
    scale_tokens: bool
    freeze_vit: bool
    stem_width: int
    num_points: int
    value_ratio: float
    ffn_ratio: float
    extra_extractors: int

    def __post_init__(self) -> None:
        if self.norm not in ("group", "batch"):
            raise UserError(f"adapter norm: {self.norm!r} is not one of group, batch")
        for name in ("num_groups", "stem_width", "num_points"):
            if (value := getattr(self, name)) < 1:
                raise UserError(f"adapter {name}: {value} is not 1 or more")
        for name in ("value_ratio", "ffn_ratio"):
            if not 0 < (value := getattr(self, name)) <= 4:
                raise UserError(f"adapter {name}: {value} is not above 0 and at most 4")
        if self.extra_extractors < 0:
            raise UserError(f"adapter extra_extractors: {self.extra_extractors} is negative")


def read_adapter(values: Mapping[str, Any]) -> AdapterConfig:
    """The adapter of a model file; raises UserError for an unknown or missing key."""
    known = {field.name for field in fields(AdapterConfig)}
    if wrong := sorted(known ^ values.keys()):
        what = "is missing" if wrong[0] in known else "is not known"
        raise UserError(f"student adapter: the key {wrong[0]!r} {what}")
    return AdapterConfig(**values)


def norm_of(config: AdapterConfig, channels: int) -> nn.Module:
    """A norm of `channels`; raises UserError where they do not fall into whole groups."""
    if config.norm == "batch":
        return WholeBatchNorm2d(channels)
    if channels % config.num_groups:
        raise UserError(
            f"adapter num_groups: {channels} channels do not fall into {config.num_groups} groups"
        )
    return nn.GroupNorm(config.num_groups, channels)
