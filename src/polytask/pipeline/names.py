"""What a job is called wherever it leaves something: stages, claims, checkpoints, signs."""

import os
from collections.abc import Iterable


def job_name(rule: str, values: Iterable[object]) -> str:
    """The rule and the values of its wildcards: `downstream-sak-all`."""
    return _joined([rule, *values])


def job_label(values: Iterable[object]) -> str:
    """The values alone, as `checkpoints/<rule>/` calls the job: `sak-all`."""
    return _joined(values)


def _joined(words: Iterable[object]) -> str:
    return "-".join(map(str, words)).replace(os.sep, "-")
