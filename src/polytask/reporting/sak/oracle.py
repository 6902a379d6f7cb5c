"""The best teacher of each task beside a student without biases (SAK, Table 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from polytask.metrics.gain import relative_gains
from polytask.reporting.repeated.tables import (
    RepeatedTable,
    Spread,
    common,
    spread_of,
)
from polytask.reporting.sak.printed import Counterpart, counterpart_of

STUDENT = "frozen_no_biases"
TEACHERS = "frozen_semantic", "frozen_masked", "frozen_boundary"


@dataclass(frozen=True)
class Duel:
    """The best teacher of a task, what it and the student reach, and the student's gain in %."""

    teacher: str
    oracle: Spread
    student: Spread
    gain: Spread


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """A duel per task, and by repetition how much worse the student is on average, in percent."""

    duels: Mapping[str, Duel]
    shortfalls: Mapping[int, float]

    @property
    def average(self) -> Spread:
        """The student's mean gain over the oracle, in percent."""
        return spread_of(-each for each in self.shortfalls.values())


@dataclass(frozen=True)
class PrintedDuel:
    """The same as printed; the gain follows from the two values."""

    teacher: str
    oracle: float
    student: float
    gain: float


def oracle_of(table: RepeatedTable) -> Oracle | None:
    """The oracle of our table; None where it lacks the student or every teacher.

    Which teacher is a task's best is decided by the means, once for all repetitions: the best of
    each repetition would gain from noise.
    """
    teachers = [name for name in TEACHERS if name in table.rows]
    if STUDENT not in table.rows or not teachers:
        return None
    repetitions = common(*(table.rows[name].runs for name in (STUDENT, *teachers)))
    best = {task: _best(table, task, teachers) for task in table.protocols}
    gains = {
        at: {
            task: table.gains(STUDENT, teacher)[at][task]
            for task, teacher in best.items()
        }
        for at in repetitions
    }  # fmt: skip
    return Oracle(
        duels={
            task: Duel(
                teacher=unfrozen(table.rows[teacher].title),
                oracle=_spread(table, teacher, task),
                student=_spread(table, STUDENT, task),
                gain=spread_of(gains[at][task] for at in repetitions),
            )
            for task, teacher in best.items()
        },
        shortfalls={at: -fmean(gains[at].values()) for at in repetitions},
    )


def printed_oracle() -> tuple[Counterpart, Mapping[str, PrintedDuel]]:
    """The paper's oracle by task, and the table that it stands in."""
    beside = counterpart_of("table2")
    if beside is None:
        raise KeyError("published/sak.yaml: demo.table2")
    student = beside.rows[STUDENT].cells
    found = {}
    for name in TEACHERS:
        for task, (value, _) in beside.rows[name].cells.items():
            theirs = student[task][0]
            better = {task: beside.tasks[task]["higher_is_better"]}
            gain = relative_gains({task: theirs}, {task: value}, better)[task]
            teacher = unfrozen(beside.rows[name].title)
            found[task] = PrintedDuel(teacher, value, theirs, gain)
    return beside, found


def unfrozen(title: str) -> str:
    """A title among frozen encoders, where it need not be said of each."""
    return title.removesuffix(", frozen")


def _best(table: RepeatedTable, task: str, teachers: Sequence[str]) -> str:
    protocol = table.protocols[task]
    sign = 1 if protocol.higher_is_better else -1
    return max(teachers, key=lambda name: sign * _spread(table, name, task).mean)


def _spread(table: RepeatedTable, method: str, task: str) -> Spread:
    return table.rows[method].spreads[table.protocols[task].column]
