"""What the page that compares the four papers is told."""

from dataclasses import dataclass

from polytask.reporting.frame import Heading


@dataclass(frozen=True, kw_only=True)
class Stage1:
    """For how long stage 1 distilled a row's student."""

    steps: int
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class ComparePageConfig(Heading):
    """Gains are measured against `baseline`.

    `trainings` has, per row, the trainings behind it by name, each with the files that say what
    it took, and `titles` what these are called; `stage_1` the rows whose student was distilled
    before.
    """

    baseline: str
    trainings: dict[str, dict[str, list[str]]]
    titles: dict[str, str]
    stage_1: dict[str, Stage1]
