"""When a run would be done on the cores of this machine, and what they do until then."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from polytask.price.estimate import Estimate
from polytask.price.jobs import Job
from polytask.price.timing.schedule import Timed, wall
from polytask.price.timing.seconds import RENDERING, seconds_of
from polytask.price.timing.speeds import Speeds


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Seconds: of `cores` together by rule and by term, `planning` before the first job, `wall`."""

    cores: int
    jobs: int
    speeds: Speeds
    rules: dict[str, float]
    terms: dict[str, float]
    planning: float
    wall: float

    @property
    def busy(self) -> float:
        """The core seconds of all jobs."""
        return sum(self.rules.values())

    @property
    def idle(self) -> float:
        """The share of all cores' time, once jobs run, in which no job is ready for them."""
        ran = self.cores * (self.wall - self.planning)
        return max(0.0, 1 - self.busy / ran) if ran else 0.0


def predict(
    jobs: Sequence[Job], priced: Estimate, speeds: Speeds, *, cores: int, planning: float
) -> Prediction:
    """Add up the seconds of `jobs`, and schedule them on `cores`, after `planning` seconds."""
    spent = [
        seconds_of(job, work, priced.ledger, speeds)
        for job, work in zip(jobs, priced.works, strict=True)
    ]
    rules, terms = Counter[str](), Counter[str]()
    for job, seconds in zip(jobs, spent, strict=True):
        rules[job.rule] += sum(seconds.values())
        terms.update(seconds)
    ends = wall(waiting(jobs, spent, cores), cores)
    return Prediction(
        cores=cores, jobs=len(jobs), speeds=speeds, rules=dict(rules), terms=dict(terms),
        planning=planning, wall=planning + ends,
    )  # fmt: skip


def waiting(jobs: Sequence[Job], spent: Sequence[dict[str, float]], cores: int) -> list[Timed]:
    """The jobs with what they wait for; only rendering is shared by the cores of a job."""
    maker = {output: number for number, job in enumerate(jobs) for output in job.outputs}
    found = []
    for job, seconds in zip(jobs, spent, strict=True):
        files = [file for files in job.inputs.values() for file in files]
        shared = seconds.get(RENDERING, 0.0)
        own = sum(seconds.values()) - shared
        found.append(
            Timed(
                seconds=own + shared / max(1, min(job.cores, cores)),
                needs=sorted({maker[file] for file in files if file in maker}),
                cores=job.cores,
                priority=job.priority,
            )
        )
    return found
