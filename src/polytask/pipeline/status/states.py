"""Where every job of a plan stands, told from records, signs of life and checkpoints alone."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from polytask.pipeline.status.evidence import Evidence
from polytask.pipeline.status.plan import Plan, PlannedJob
from polytask.pipeline.status.processes import is_alive

STATES = ("done", "outdated", "running", "stopped", "failed", "waiting")
SILENT_SECONDS = 120.0
"""Without a new sign of life for so long a job counts as stopped: shared folders may be a minute
behind. On the machine where it runs its process is looked for instead."""
KILLED = "killed without a last word: by hand, for its memory, or for its time"


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A job and its state, one of `STATES`; `reason`: why it is outdated, stopped or failed.

    `sign` is what the job said last, `seen` its file time. `kept` is what it would go on from.
    `seconds` it took when done. `is_ready`: waiting, and nothing that it needs is missing.
    """

    job: PlannedJob
    state: str
    reason: str = ""
    sign: Mapping[str, Any] = field(default_factory=dict)
    seen: float = 0.0
    kept: str = ""
    seconds: float | None = None
    is_ready: bool = False

    @property
    def seconds_left(self) -> float | None:
        """Of a running job, at the speed of its last minute; None where that is not known."""
        total, speed = self.sign.get("total"), self.sign.get("speed")
        if self.state != "running" or not total or not speed:
            return None
        return max(0.0, (total - self.sign["step"]) / speed - _age(self.seen))

    @property
    def seconds_running(self) -> float:
        """Since the job started, by the clock of the machine where it did."""
        started = datetime.fromisoformat(self.sign["started"])
        return max(0.0, (datetime.now(UTC) - started) / timedelta(seconds=1))


def states_of(plan: Plan, evidence: Evidence | None = None) -> list[JobState]:
    """The state of every job of `plan`, in its order."""
    evidence = evidence or Evidence()
    found = {job.name: _state(job, plan, evidence) for job in plan.jobs}
    done = {name for name, each in found.items() if each.state == "done"}
    return [
        replace(each, is_ready=True)
        if each.state == "waiting" and done.issuperset(each.job.needs)
        else each
        for each in found.values()
    ]


def left_unfinished(plan: Plan, states: Sequence[JobState]) -> list[JobState]:
    """The jobs that did not end well in a run that is over: whatever seems to run still is dead."""
    here = [each for each in states if each.seen >= plan.since]
    return [each for each in here if each.state in ("failed", "stopped")] + [
        replace(each, state="stopped", reason=KILLED) for each in here if each.state == "running"
    ]


def _state(job: PlannedJob, plan: Plan, evidence: Evidence) -> JobState:
    sign, seen = evidence.sign(job)
    made = evidence.made_at(job)
    said = {"job": job, "sign": sign, "seen": seen}
    if sign.get("state") == "running" and _seems_alive(sign, seen):
        return JobState(state="running", kept=evidence.kept(job), **said)
    if sign and seen >= max(plan.since, made):
        state = "failed" if sign["state"] == "failed" else "stopped"
        reason = sign.get("error") or _silence(sign, seen)
        return JobState(state=state, reason=reason, kept=evidence.kept(job), **said)
    if not made or (job.is_due and made < plan.since):
        return JobState(job=job, state="waiting", kept=evidence.kept(job))
    if reason := evidence.overtaken(job):
        return JobState(job=job, state="outdated", reason=reason)
    begin, end = map(datetime.fromisoformat, evidence.seconds(job))
    return JobState(job=job, state="done", seconds=(end - begin).total_seconds())


def _seems_alive(sign: Mapping[str, Any], seen: float) -> bool:
    alive = is_alive(sign.get("process") or {})
    return _age(seen) < SILENT_SECONDS if alive is None else alive


def _silence(sign: Mapping[str, Any], seen: float) -> str:
    """Of a job that has left no last word."""
    if sign["state"] != "running":
        return "interrupted"
    if is_alive(sign.get("process") or {}) is False:
        return KILLED
    return f"no sign of life from {sign.get('host')} for {round(_age(seen) / 60)} min"


def _age(seen: float) -> float:
    return max(0.0, time.time() - seen)
