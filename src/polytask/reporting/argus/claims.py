"""Which of the orderings in Argus' tables hold in this run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from polytask.reporting.argus.measures import Measure, Metrics

MAIN = {
    **dict.fromkeys(
        ("detection", "instance_segmentation", "semseg", "panoptic", "classification"), "Table 1"
    ),
    **dict.fromkeys(
        ("pose", "depth", "edge", "normals", "human_parts", "sal", "anomaly"), "Table 2"
    ),
}
"""Where the paper has Argus above adapted DINOv2."""


@dataclass(frozen=True)
class Change:
    """Two models by their names, and the tasks on which the paper has the first above the other.

    Without `tasks` these are all that both have.
    """

    statement: str
    source: str
    better: str
    worse: str
    tasks: tuple[str, ...] = ()


CHANGES = (
    Change("Freezing the ViT helps", "Table 3, rows 1, 4", "argus_no_ema", "argus_unfrozen"),
    Change("Group norms help", "Table 3, rows 2, 4", "argus_no_ema", "argus_batch_norm"),
    Change(
        "Scaling the tokens helps pose", "Table 3, rows 3, 4", "argus_no_ema", "argus_unscaled",
        ("pose",),
    ),
    Change(
        "Averaged weights (EMA) help all but classification", "Table 3, rows 4, 5", "argus",
        "argus_no_ema", ("detection", "instance_segmentation", "pose", "semseg"),
    ),
    Change(
        "Fixed weights beat FAMO at classification", "Table 4", "argus_no_ema", "argus_famo",
        ("classification",),
    ),
    Change(
        "Fixed weights beat GradNorm at pose and semantic segmentation", "Table 4", "argus_no_ema",
        "argus_gradnorm", ("pose", "semseg"),
    ),
    Change("Training the adapter too in stage 2 helps", "Table 9", "argus_tuned", "argus"),
)  # fmt: skip
"""Ablations by the names of their models in params.yaml."""


@dataclass(frozen=True)
class Comparison:
    """A task on which the paper has one model above another, and what both reach here."""

    statement: str
    source: str
    measure: Measure
    better: str
    worse: str
    above: float
    below: float

    @property
    def gain(self) -> float:
        """By how much the first is better here, in the units of the metric."""
        return self.measure.gain(self.above, self.below)

    @property
    def holds(self) -> bool:
        return self.gain > 0


def compare_main(
    ours: Metrics, baseline: Metrics, measures: Mapping[str, Measure]
) -> list[Comparison]:
    """Argus against adapted DINOv2 on every task that the paper and both models have."""
    statement = f"{ours['title']} is above {baseline['title']}"
    judged = [measures[task] for task in measures if task in MAIN]
    return [
        found
        for measure in judged
        for found in _on([measure], statement, MAIN[measure.task], ours, baseline)
    ]


def compare_changes(
    metrics: Sequence[Metrics], measures: Mapping[str, Measure]
) -> list[Comparison]:
    """The two models of every one of CHANGES, on the tasks that the paper names and both have."""
    models = {model["method"]: model for model in metrics}
    found: list[Comparison] = []
    for change in CHANGES:
        if change.better in models and change.worse in models:
            judged = [measures[task] for task in change.tasks or measures if task in measures]
            found += _on(
                judged, change.statement, change.source, models[change.better], models[change.worse]
            )
    return found


def _on(
    measures: Iterable[Measure], statement: str, source: str, better: Metrics, worse: Metrics
) -> Iterator[Comparison]:
    for measure in measures:
        above, below = (model["tasks"].get(measure.task) for model in (better, worse))
        if above and below:
            yield Comparison(
                statement, f"Argus, {source}", measure, better["title"], worse["title"],
                above["value"], below["value"],
            )  # fmt: skip
