"""Which balancing methods there are, what they take, and with what they do not go together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from polytask.errors import UserError, advice

OPTIONS: dict[str, tuple[str, ...]] = {
    "fixed": (),
    "famo": ("lr", "weight_decay"),
    "gradnorm": ("alpha", "lr"),
    "pcgrad": (),
    "upgrad": (),
    "mgda": ("epsilon", "max_iters"),
    "imtl_g": (),
    "aligned_mtl": ("scale_mode",),
    "fairgrad": ("alpha", "max_iters"),
    "troa": ("rule", "step_size", "every"),
}
"""Each method and the options that it has."""

OF_LOSSES = ("fixed", "famo")
"""The methods that look at no task's gradient."""


@dataclass(frozen=True, kw_only=True)
class BalancingConfig:
    """A method by name and its options; `fixed`: the weights are `downstream.task_weights`."""

    method: str
    options: dict[str, Any] = field(default_factory=dict)


def check_balancing(
    where: str, config: Mapping[str, Any], *, frozen: bool, fit: Mapping[str, Any],
    runtime: Mapping[str, Any],
) -> None:  # fmt: skip
    """Raise UserError for an option that the method lacks, and for what cannot go together."""
    method = config["method"]
    for option in config.get("options", {}):
        if option not in OPTIONS[method]:
            known = OPTIONS[method]
            what = advice(option, known) if known else "it has none"
            raise UserError(f"{where}.options: {method} has no option `{option}`; {what}")
    if method != "fixed" and 0 < fit.get("images_at_once", 0) < fit["batch_size"]:
        raise UserError(
            f"{where}: {method} needs the losses of a whole batch at once; "
            "set the method's fit.images_at_once: 0, or {method: fixed}"
        )
    if method in OF_LOSSES:
        return
    if frozen:
        raise UserError(
            f"{where}: {method} compares gradients of shared weights, and `frozen` trains none; "
            "give this method balancing: {method: fixed}"
        )
    if runtime.get("precision") == "fp16":
        raise UserError(
            f"{where}: {method} has no loss scale for fp16; set precision: bf16 or fp32"
        )
    if runtime.get("compile"):
        raise UserError(
            f"{where}: {method} walks a graph more than once, which compiled models do not allow; "
            "set runtime.compile: false"
        )
