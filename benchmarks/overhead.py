"""Wall time of a run against what its jobs computed themselves: what starting and waiting cost.

python benchmarks/overhead.py [FOLDER] [--cores N]

FOLDER (default: here) has the provenance/ of one run that made everything, on this machine or
through Slurm; N is how many cores it had. The bound is what no scheduler can beat: the cores' share
of all compute, or the longest chain of jobs. Starting Python and its imports is no job's compute.
"""

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from polytask.records.files import FOLDER, Record, inputs_of, read_record, recorded_outputs


@dataclass
class Job:
    """When its function ran, on how many cores, and which files it read and made."""

    start: datetime
    end: datetime
    cores: int
    inputs: set[str]
    outputs: set[str] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def jobs_in(folder: Path) -> list[Job]:
    """Every job that finished, once, whatever number of outputs it has."""
    jobs: dict[str, Job] = {}
    for output in recorded_outputs(folder / FOLDER):
        record = read_record(Path(output), folder / FOLDER)
        if record:
            job = jobs.setdefault(record["tracking"], _job(record))
            job.outputs.add(output)
            job.end = max(job.end, datetime.fromisoformat(record["end"]))
    return list(jobs.values())


def _job(record: Record) -> Job:
    start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
    return Job(start, end, record["threads"], {each["path"] for each in inputs_of(record)})


def longest_chain(jobs: Iterable[Job]) -> float:
    """Seconds of the jobs that had to wait for each other."""
    maker = {output: job for job in jobs for output in job.outputs}

    @cache
    def until(output: str) -> float:
        job = maker[output]
        return job.seconds + max((until(each) for each in job.inputs & maker.keys()), default=0.0)

    return max(map(until, maker))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path())
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    jobs = jobs_in(arguments.folder)
    wall = (max(job.end for job in jobs) - min(job.start for job in jobs)).total_seconds()
    compute = sum(job.seconds * job.cores for job in jobs)
    chain = longest_chain(jobs)
    bound = max(compute / arguments.cores, chain)
    print(f"{len(jobs)} jobs, {arguments.cores} cores: {wall:.0f} s from first start to last end")
    print(f"  compute {compute:.0f} core-seconds; longest chain {chain:.0f} s; bound {bound:.0f} s")
    print(f"  compute / (wall x cores): {compute / wall / arguments.cores:.2f}")
    print(f"  wall / bound: {wall / bound:.2f}")


if __name__ == "__main__":
    main()
