"""Spare Snakemake's scheduler work that says nothing about the next job (docs/decisions/0014)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any


def spare_the_scheduler(scheduler: Any) -> None:
    """Let it choose where a job has ended, and not by the sizes of what waiting jobs will read.

    With its limit of 100 jobs a second Snakemake 9 chooses again a second after every choice, for
    each of them, while jobs are waiting: choices multiply until its process takes a core. And for
    every choice it asks for the size of every input, sources included, which decide only between
    jobs that make temporary files, of which this workflow has none. A scheduler that lacks what is
    replaced here is left as it is.
    """
    if hasattr(scheduler, "job_rate_limiter"):
        scheduler.job_rate_limiter = None
    if hasattr(scheduler, "_input_sizes") and hasattr(scheduler, "update_input_sizes"):
        scheduler._input_sizes = defaultdict(int)
        scheduler.update_input_sizes = _unmeasured


async def _unmeasured(_: Iterable[Any]) -> None:
    """Every file counts for nothing."""
