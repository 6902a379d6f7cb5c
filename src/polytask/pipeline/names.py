"""What a job is called wherever it leaves something: stages, claims, checkpoints, signs."""

import os
from collections.abc import Iterable

FETCH = "fetch"
"""The rule that brings data sets here. What it makes is no result: DVC does not keep it."""

MARK = "__"
"""Stands between a study of the papers and its rule."""


def own_rule(name: str) -> str:
    """The rule itself, where a study of the papers runs it: `sak_nyud__distill` is `distill`."""
    return name.rpartition(MARK)[2]


def study_of(name: str) -> str | None:
    """The study that runs a rule, None for those of params.yaml."""
    return name.rpartition(MARK)[0] or None


def job_name(rule: str, values: Iterable[object]) -> str:
    """The rule and the values of its wildcards: `downstream-sak-all`."""
    return _joined([rule, *values])


def job_label(values: Iterable[object]) -> str:
    """The values alone, as `checkpoints/<rule>/` calls the job: `sak-all`."""
    return _joined(values)


def _joined(words: Iterable[object]) -> str:
    return "-".join(map(str, words)).replace(os.sep, "-")
