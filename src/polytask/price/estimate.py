"""A whole plan: what every job takes, summed by rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from polytask.price.cached import Choice, choices
from polytask.price.costs import Costs
from polytask.price.descriptions import Descriptions
from polytask.price.gpus import Machine
from polytask.price.images import Images
from polytask.price.jobs import Job
from polytask.price.merging import MERGING
from polytask.price.stages import STAGES, Ledger
from polytask.price.work import UNKNOWN, Devices, Work

PRICES = {**STAGES, **MERGING}
"""Every rule whose work is understood; jobs of others are counted."""


@dataclass(frozen=True, kw_only=True)
class RulePrice:
    """A rule's jobs: FLOPs and bytes written are sums, checkpoints and memory the largest job's."""

    rule: str
    jobs: int
    work: Work


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The price of a plan, what teachers cost both ways, and what is not known.

    `works` are those of the jobs, told from `ledger`.
    """

    works: Sequence[Work]
    ledger: Ledger
    rules: Sequence[RulePrice]
    choices: Sequence[Choice]
    remarks: Sequence[str]

    @property
    def flops(self) -> float:
        """Of all rules where they are known."""
        return sum(each.work.flops or 0.0 for each in self.rules)

    @property
    def written(self) -> float:
        """Bytes of all files whose size is known."""
        return sum(each.work.written or 0.0 for each in self.rules)


def estimate(jobs: Sequence[Job], machine: Machine) -> Estimate:
    """Price `jobs` for `machine`, rule by rule in the order of the plan."""
    devices = Devices(count=machine.count, half=machine.arithmetic in ("bf16", "fp16"))
    ledger = Ledger(Costs(), Descriptions(jobs), Images(jobs), devices)
    works = [_work(job, ledger) for job in jobs]
    by_rule: dict[str, list[Work]] = {}
    for job, work in zip(jobs, works, strict=True):
        by_rule.setdefault(job.rule, []).append(work)
    found = choices(jobs, ledger)
    rules = [RulePrice(rule=rule, jobs=len(of), work=_summed(of)) for rule, of in by_rule.items()]
    remarks = [*ledger.images.remarks.values()]
    return Estimate(works=works, ledger=ledger, rules=rules, choices=found, remarks=remarks)


def _work(job: Job, ledger: Ledger) -> Work:
    price = PRICES.get(job.rule)
    return price(job, ledger) if price else UNKNOWN


def _summed(works: Sequence[Work]) -> Work:
    """Of all jobs of a rule; what one job does not know, all do not."""
    return reduce(_together, works)


def _together(one: Work, other: Work) -> Work:
    return Work(
        flops=_known(one.flops, other.flops, sum),
        written=_known(one.written, other.written, sum),
        checkpoints=_known(one.checkpoints, other.checkpoints, max),
        memory=_known(one.memory, other.memory, max),
    )


def _known(one: float | None, other: float | None, join: Callable[..., float]) -> float | None:
    return None if one is None or other is None else join((one, other))


def precision_of(jobs: Sequence[Job]) -> str:
    """`runtime.precision` of the plan; `auto` where no job computes."""
    runtimes: list[Mapping[str, str]] = [
        job.config["runtime"] for job in jobs if job.config and "runtime" in job.config
    ]
    return runtimes[0]["precision"] if runtimes else "auto"
