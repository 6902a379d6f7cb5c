"""What a system says of every two of its tasks. Shapes: N tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from polytask.reporting.rows import Rows
from polytask.reporting.simo.relations import best_changes


@dataclass(frozen=True, kw_only=True)
class View:
    """How much a task (row) helps a task (column), above 0, or stands in its way, below 0.

    `full` is the value of the strongest colour, `digits` how many places are told, `about` says
    what the numbers are.
    """

    title: str
    tasks: tuple[str, ...]
    values_NN: np.ndarray
    full: float
    digits: int
    about: str

    def mutual(self, tasks: tuple[str, ...]) -> np.ndarray:
        """The same for some of the tasks, the mean of both directions."""
        at = [self.tasks.index(task) for task in tasks]
        chosen = self.values_NN[np.ix_(at, at)]
        return (chosen + chosen.T) / 2

    def extremes(self) -> dict[str, tuple[str, str, float]]:
        """The pairs of tasks that help each other the most and the least, and how much."""
        mutual = self.mutual(self.tasks)
        rows, columns = np.triu_indices(len(self.tasks), 1)
        values = mutual[rows, columns]
        return {
            name: (self.tasks[rows[at]], self.tasks[columns[at]], float(values[at]))
            for name, at in (("most", values.argmax()), ("least", values.argmin()))
        }


def of_gradients(found: Mapping[str, Any]) -> View:
    """The cosines of gradients that rule `task_affinities` wrote of a trained model."""
    spread = np.asarray(found["spread"])
    apart = spread[~np.eye(len(spread), dtype=bool)]
    return View(
        title=found["title"],
        tasks=tuple(found["tasks"]),
        values_NN=np.asarray(found["cosines"], float),
        full=1.0,
        digits=2,
        about=(
            f"cosine of the tasks' gradients by {found['num_weights']:,} shared weights, mean of "
            f"{found['num_batches']} batches of {found['batch_size']} images of the "
            f"{found['split']} split; from batch to batch it moves by {apart.mean():.2f}"
        ),
    )


def of_task_vectors(found: Mapping[str, Rows]) -> View:
    """The best that a task's vector does to another task: results/analysis/relationships/."""
    changes = best_changes(found)
    tasks = tuple(changes)
    values_NN = np.array([[changes[vector][task] for task in tasks] for vector in tasks])
    apart = values_NN[~np.eye(len(tasks), dtype=bool)]
    return View(
        title="SIMO, task vectors",
        tasks=tasks,
        values_NN=values_NN,
        full=float(np.abs(apart).max(initial=0)) or 1.0,
        digits=1,
        about=(
            "the best that adding a task's vector (row) to the encoder does to another task "
            "(column), in percent points of the single-task model's performance"
        ),
    )
