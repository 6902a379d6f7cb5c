"""PHI-S: teachers' features turned so that every channel has the same variance.

A rotation and one scale per teacher and level: distances between features keep their proportions,
which scaling each channel by itself does not do (Ranzinger et al., 2024, arXiv:2410.01680).
Shapes: B images, D width of the teacher, h w patches.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.models.aligners import last_layer
from polytask.models.sak import Student
from polytask.models.swin.student import StagedStudent
from polytask.teachers.targets import SMALLEST_STD, Statistics

Targets = Callable[[Mapping[str, Any]], dict[str, list[Tensor]]]
PALEY = {12: 11, 20: 19}
"""Orders of Hadamard matrices that are no power of two, and the prime that makes each."""


@dataclass(frozen=True)
class Turn:
    """y = (x - mean) W^T with W = H U^T / sqrt(mean eigenvalue of the covariance); float32."""

    mean_D: Tensor
    weight_DD: Tensor

    def __call__(self, features_BDhw: Tensor) -> Tensor:
        """Return features of mean 0 whose channels all have variance 1; float32, as all targets."""
        device = features_BDhw.device
        with torch.autocast(device.type, enabled=False):
            centred = features_BDhw.float() - self.mean_D.to(device)[:, None, None]
            return torch.einsum("bdhw,ed->behw", centred, self.weight_DD.to(device))


class TurnedTargets:
    """Targets as PHI-S turns them; those given in must be as the teachers say them."""

    def __init__(self, targets: Targets, turns: Mapping[str, Sequence[Turn]]) -> None:
        self.targets, self.turns = targets, turns

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Tensor]]:
        return {
            name: [turn(level) for turn, level in zip(self.turns[name], maps, strict=True)]
            for name, maps in self.targets(batch).items()
        }


def normalised_hadamard(order: int) -> np.ndarray:
    """An orthogonal matrix (order, order) whose entries are all of one size.

    Raises UserError for an order that no product of 1, 2, 12 and 20 makes.
    """
    if (found := _hadamard(order)) is None:
        raise UserError(
            f"standardise phi_s: no Hadamard matrix of order {order} is known here; take a teacher "
            "whose width is a product of 2, 12 and 20, or standardise: channel"
        )
    return found / np.sqrt(order)


def _hadamard(order: int) -> np.ndarray | None:
    from scipy.linalg import hadamard as sylvester  # late: other students need it not

    if order & (order - 1) == 0:
        return sylvester(order).astype(float)
    for size, prime in PALEY.items():
        if order % size == 0 and (rest := _hadamard(order // size)) is not None:
            return np.kron(rest, _paley(prime))
    return None


def _paley(prime: int) -> np.ndarray:
    """Paley's first construction, of order prime + 1, for a prime that is 3 modulo 4."""
    squares = {(number * number) % prime for number in range(1, prime)}
    character = [0, *(1 if number in squares else -1 for number in range(1, prime))]
    jacobsthal = [[character[(i - j) % prime] for j in range(prime)] for i in range(prime)]
    skew = np.zeros((prime + 1, prime + 1))
    skew[0, 1:], skew[1:, 0], skew[1:, 1:] = 1, -1, jacobsthal
    return skew + np.eye(prime + 1)


def turn_of(mean_D: np.ndarray, covariance_DD: np.ndarray) -> Turn:
    """The turn of features with this mean and covariance (PHI-S, arXiv:2410.01680).

    An eigenvector's largest entry is made positive: its sign is the linear algebra library's, and a
    training that goes on on another machine has to go on with the same turn.
    """
    eigenvalues, vectors = np.linalg.eigh(covariance_DD)
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, np.arange(len(mean_D))])
    scale = 1 / np.sqrt(max(eigenvalues.mean(), SMALLEST_STD**2))
    weight = scale * normalised_hadamard(len(mean_D)) @ vectors.T
    return Turn(*(torch.as_tensor(each, dtype=torch.float32) for each in (mean_D, weight)))


def measured_turns(targets: Targets, batches: Iterable[Mapping[str, Any]]) -> dict[str, list[Turn]]:
    """The turns of every teacher and level, from what they say of some batches."""
    sums: dict[tuple[str, int], list[Any]] = {}
    for batch in batches:
        for name, maps in targets(batch).items():
            for level, features in enumerate(maps):
                tokens = features.flatten(2).transpose(1, 2).flatten(0, 1).double().cpu().numpy()
                moments = len(tokens), tokens.sum(axis=0), tokens.T @ tokens
                known = sums.setdefault((name, level), [0, 0.0, 0.0])
                sums[name, level] = [a + b for a, b in zip(known, moments, strict=True)]
    turns: dict[str, list[Turn]] = {}
    for (name, _), (count, total, squares) in sorted(sums.items()):
        mean = total / count
        turns.setdefault(name, []).append(turn_of(mean, squares / count - np.outer(mean, mean)))
    return turns


def check_aligned(student: Student | StagedStudent) -> None:
    """Raise UserError where a teacher has no aligner at a level, into which to fold its turn."""
    for level in student.levels:
        for name in student.teacher_dims:
            if f"{level}_{name}" not in student.ts_aligners:
                raise UserError(
                    f"standardise phi_s: the student has no aligner for {name} at level {level}; "
                    "take biases: none, or standardise: channel"
                )


@torch.no_grad()
def fold_back(
    student: Student | StagedStudent,
    turns: Mapping[str, Sequence[Turn]],
    statistics: Mapping[str, Statistics] | None,
) -> None:
    """Let the aligners say what the teachers say, not what PHI-S makes of it.

    With `statistics` it is the features standardised by channel, which all other students say.
    """
    for name, levels in turns.items():
        for position, (level, turn) in enumerate(zip(student.levels, levels, strict=True)):
            layer = last_layer(student.ts_aligners[f"{level}_{name}"])
            back = torch.linalg.inv(turn.weight_DD.double())
            shift, scale = turn.mean_D.double(), torch.ones_like(turn.mean_D).double()
            if statistics is not None:
                own = statistics[name][position]
                mean, std = (torch.as_tensor(own[key]).double() for key in ("mean", "std"))
                shift, scale = shift - mean, 1 / std.clamp_min(SMALLEST_STD)
            weight, bias = layer.weight.cpu().double(), layer.bias.cpu().double()
            layer.weight.copy_((scale[:, None] * (back @ weight)).to(layer.weight))
            layer.bias.copy_((scale * (back @ bias + shift)).to(layer.bias))
