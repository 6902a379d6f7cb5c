"""The paper's four settings as tables: a row per model, a column per task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polytask.protocols import Protocol
from polytask.reporting.frame import Judged
from polytask.reporting.tables import best_of, protocols_in, table_rows
from polytask.reporting.vta.config import Setting, VtaPageConfig
from polytask.tasks import TASKS, Task

Metrics = Mapping[str, Any]
"""What a metrics.json holds."""


@dataclass(frozen=True)
class Words:
    """What a setting is called and asks, where the paper has it, and how its models were made."""

    title: str
    source: str
    asks: str
    about: str


WORDS = {
    "multitask": Words(
        "Multitask learning", "Table 2", "do the tasks gain by being learnt together?",
        "Trained on labels of all its tasks in the source domain.",
    ),
    "transfer": Words(
        "Zero-shot task transfer", "Table 3",
        "in a new domain only some tasks have labels; do the others come along?",
        "Trained in the source domain, then further in the target domain with the labels of some "
        "of its tasks.",
    ),
    "adaptation": Words(
        "Unsupervised domain adaptation", "Table 4",
        "the new domain has images but no labels; do the images alone help?",
        "An adapted model learns from labels of the source domain and from images of the target "
        "domain without labels. Beside it: the same models without those images, and what labels "
        "of the target domain would give.",
    ),
    "generalisation": Words(
        "A new domain", "Table 5", "nothing of the new domain was seen; how much is left there?",
        "Trained in the source domain alone.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A task, how it was measured, and the best value, if several rows have one."""

    task: Task
    protocol: Protocol
    best: float | None

    @property
    def metric(self) -> str:
        """What the metric is called."""
        return metric_title(self.protocol.metric)


@dataclass(frozen=True)
class SettingTable:
    """A setting as it is shown.

    `rows` are those of polytask.reporting.tables.table_rows; `unseen` has, by row, the tasks whose
    labels it was not trained on; `baseline` is the title of the row that gains are measured
    against, if any.
    """

    name: str
    words: Words
    domain: str
    dataset: str
    num_images: int
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    unseen: Mapping[str, Sequence[str]]
    baseline: str | None

    @property
    def best_gain(self) -> float:
        """The largest mean gain over the baseline."""
        return max(row["delta_m"] for row in self.rows)


def setting_tables(found: Judged, config: VtaPageConfig) -> list[SettingTable]:
    """Every setting of the config.

    Raises UserError where a row has no metrics, or where rows were not measured alike.
    """
    return [_table(name, setting, found, config) for name, setting in config.tables.items()]


def protocols_of(tables: Sequence[SettingTable]) -> list[Column]:
    """A column per way of measuring a task in any of the tables."""
    columns = [column for table in tables for column in table.columns]
    return list({column.protocol: column for column in columns}.values())


def gain(protocol: Protocol, value: float, other: float) -> float:
    """How much better a value is than another one, in the units of the metric."""
    return value - other if protocol.higher_is_better else other - value


def metric_title(metric: str) -> str:
    """What a metric is called."""
    words = {"iou": "IoU", "rmse": "RMSE", "f1": "F1"}
    return " ".join(words.get(word, word) for word in metric.split("_"))


def _table(name: str, setting: Setting, found: Judged, config: VtaPageConfig) -> SettingTable:
    where = f"vta.tables.{name}.rows"
    models = {setting.row_name(model): model for model in setting.rows}
    metrics = [found.named(row, where) for row in models]
    baseline = setting.row_name(setting.baseline) if setting.baseline else None
    rows = table_rows(metrics, baseline)
    return SettingTable(
        name=name,
        words=WORDS.get(name, Words(name.replace("_", " ").capitalize(), "", "", "")),
        domain=setting.domain,
        dataset=metrics[0]["dataset"],
        num_images=metrics[0]["num_images"],
        columns=_columns(metrics, rows),
        rows=rows,
        unseen={
            each["method"]: _unseen(each, config.supervised.get(models[each["method"]]))
            for each in metrics
        },
        baseline=found.named(baseline, where)["title"] if baseline else None,
    )


def _columns(metrics: Sequence[Metrics], rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """A column per task that any row has, in the order of the row with the most tasks."""
    protocols = protocols_in(metrics)
    longest = max((each["tasks"] for each in metrics), key=len)
    tasks = dict.fromkeys([*longest, *protocols])
    return [Column(TASKS[task], protocols[task], _best(rows, protocols[task])) for task in tasks]


def _best(rows: Sequence[Mapping[str, Any]], protocol: Protocol) -> float | None:
    several = sum(protocol.column in row for row in rows) > 1
    return best_of(rows, protocol) if several else None


def _unseen(metrics: Metrics, supervised: Sequence[str] | None) -> list[str]:
    return [] if supervised is None else [t for t in metrics["tasks"] if t not in supervised]
