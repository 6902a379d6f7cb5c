"""What is measured of this machine, each core while all others do the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """Of one core, while all cores do the same.

    `training` has the FLOP/s of training steps by kind of model (timing.examples), `looking` those
    of forward passes alone. All else is seconds: `rendering` of a room by its size, `judging` of an
    image by task, `reading` of an image and its labels, `viewing` for a view of an image in
    memory, `probing` for an image in a ridge regression, `starting` for a job until it begins.
    `share`: how much of its core a process had meanwhile, 1 where nothing else ran.
    """

    training: Mapping[str, float]
    looking: float
    reading: float
    viewing: float
    probing: float
    starting: float = 0.0
    share: float = 1.0
    judging: Mapping[str, float] = field(default_factory=dict)
    rendering: Mapping[str, float] = field(default_factory=dict)

    def steps(self, kind: str) -> float:
        """FLOP/s of training steps, of the other kind where the plan had none of `kind` to time."""
        return self.training.get(kind, min(self.training.values()))


def mean(found: Sequence[Mapping]) -> dict:
    """The mean over cores of numbers in dictionaries of one form, which may be nested."""
    return {
        key: mean([each[key] for each in found])
        if isinstance(value, Mapping)
        else fmean(each[key] for each in found)
        for key, value in found[0].items()
    }
