"""When each job of a DAG begins on so many cores: list scheduling, as Snakemake does it."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A job: its seconds, the numbers of the jobs that it waits for, its cores and priority."""

    seconds: float
    needs: Sequence[int] = ()
    cores: int = 1
    priority: int = 0


def begins(jobs: Sequence[Timed], cores: int) -> list[float]:
    """When each job begins, in seconds.

    Whenever a job ends, those that wait for nothing begin as far as there are cores: the highest
    priority first, among equals in their order. A job takes at most all cores. Raises ValueError
    where jobs wait for each other.
    """
    missing = [set(job.needs) for job in jobs]
    found: list[float | None] = [None] * len(jobs)
    running: list[tuple[float, int]] = []
    now, free = 0.0, cores
    waiting = sorted(range(len(jobs)), key=lambda number: (-jobs[number].priority, number))
    while waiting or running:
        for number in list(waiting):
            taken = min(jobs[number].cores, cores)
            if not missing[number] and taken <= free:
                found[number], free = now, free - taken
                waiting.remove(number)
                heapq.heappush(running, (now + jobs[number].seconds, number))
        if not running:
            raise ValueError("jobs wait for each other")
        now, ended = heapq.heappop(running)
        free += min(jobs[ended].cores, cores)
        for needs in missing:
            needs.discard(ended)
    return [begin for begin in found if begin is not None]


def wall(jobs: Sequence[Timed], cores: int) -> float:
    """Seconds until the last job has ended."""
    starts = begins(jobs, cores)
    return max((at + job.seconds for at, job in zip(starts, jobs, strict=True)), default=0.0)
