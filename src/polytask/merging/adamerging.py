"""AdaMerging: how much of each task every layer takes, learnt (Yang et al., 2024; SIMO, Fig. 2).

Shapes: T tasks, G groups of layers.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from polytask.merging.layer_scaling import block_of
from polytask.merging.task_vectors import Weights, check_alike, task_vectors

START = 0.3
"""The coefficients before training, the authors' value."""

EMBEDDING = "embedding"
"""The group of all that lies outside of the blocks."""


class AdaMerging(nn.Module):
    """theta_0 + sum_t lambda_lt tau_t, with one trainable lambda_lt per group of layers and task.

    `models` are the fine-tuned weights by task. Only the coefficients train and are saved: the
    loss is the caller's, since the authors' entropy is undefined for regression (SIMO, Sec. 5).
    Raises UserError, with the key, where the models are not alike. Differs from the official
    code: a coefficient per block, as SIMO shows them, not per tensor.
    """

    def __init__(self, base: Weights, models: Mapping[str, Weights], start: float = START) -> None:
        super().__init__()
        check_alike(base, list(models.values()))
        self.tasks, self.groups = tuple(models), groups_of(base)
        self.group_of_key = {key: self.groups.index(group_of(key)) for key in base}
        self.coefficients = nn.Parameter(torch.full((len(self.groups), len(self.tasks)), start))
        for number, key in enumerate(base):
            vectors_T = task_vectors(base, list(models.values()), key)
            self.register_buffer(f"origin_{number}", base[key].detach().clone(), persistent=False)
            self.register_buffer(f"vectors_{number}", vectors_T, persistent=False)

    def clamped(self) -> Tensor:
        """lambda (G, T) as it is used: within [0, 1]."""
        return self.coefficients.clamp(0, 1)

    def merged(self) -> dict[str, Tensor]:
        """The merged weights, differentiable in the coefficients, in the base's types.

        Computed in float32, under autocast too.
        """
        weights = {}
        with torch.autocast(self.coefficients.device.type, enabled=False):
            lambda_GT = self.clamped()
            for number, (key, group) in enumerate(self.group_of_key.items()):
                origin = self.get_buffer(f"origin_{number}")
                vectors_T = self.get_buffer(f"vectors_{number}")
                change = torch.tensordot(lambda_GT[group], vectors_T, dims=1)
                weights[key] = (origin.float() + change).to(origin.dtype)
        return weights

    def table(self) -> dict[str, dict[str, float]]:
        """The coefficients in use by group, from the input to the output, and task."""
        rows = zip(self.groups, self.clamped().tolist(), strict=True)
        return {group: dict(zip(self.tasks, row, strict=True)) for group, row in rows}


def groups_of(base: Weights) -> tuple[str, ...]:
    """The groups of a model's layers: the embedding, then block after block."""
    blocks = {block_of(key) for key in base}
    outside = (EMBEDDING,) if None in blocks else ()
    return outside + tuple(f"blocks.{block}" for block in sorted(blocks - {None}))


def group_of(key: str) -> str:
    """The group that a parameter belongs to."""
    block = block_of(key)
    return EMBEDDING if block is None else f"blocks.{block}"
