"""The report on Argus: one self-contained HTML page of metrics, pictures, curves and records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.reporting.argus import figures
from polytask.reporting.argus.claims import compare_changes, compare_main
from polytask.reporting.argus.measures import Measure, Metrics, measures_in, numbers_of
from polytask.reporting.argus.sheets import sheets
from polytask.reporting.frame import Judged, PageConfig, origin_of
from polytask.reporting.rendering import filled

NUM_PICTURES = 5


@dataclass(frozen=True, kw_only=True)
class Findings(Judged):
    """Everything that the page shows, read from the files of earlier rules.

    `curves` maps a model and a training of it, "backbone" (stage 1) or a task, to its steps.
    """

    curves: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]


def render(findings: Findings, config: PageConfig) -> str:
    """The page as text: the two models that the config names side by side, others below.

    Raises UserError where `show` or `baseline` is not among the models, or where models were not
    measured alike.
    """
    ours = findings.named(config.show, "report_argus.show")
    baseline = findings.named(config.baseline, "report_argus.baseline")
    measures = measures_in(findings.metrics)
    models = [baseline, ours]
    titles = {model["method"]: model["title"] for model in models}
    return filled(
        "argus.html.jinja",
        **origin_of(findings, config, "report_argus"),
        tasks=list(measures.values()),
        models=models,
        shown=ours,
        baseline=baseline,
        rows=findings.metrics,
        groups=_groups(measures, models),
        parameters=_parameters(models),
        details={task: list(numbers_of(models, task)) for task in measures},
        sheets=sheets(findings.samples, titles, measures, NUM_PICTURES),
        ablations=_ablations(findings.metrics, ours, baseline, measures),
        main=compare_main(ours, baseline, measures),
        changes=compare_changes(findings.metrics, measures),
        figure=_figures(findings, list(measures), ours["title"]),
    )


def _groups(measures: Mapping[str, Measure], models: Sequence[Metrics]) -> dict[str, list[dict]]:
    """Rows of the table by their group: a measure, its decoder, a value per model, the best one."""
    found: dict[str, list[dict[str, Any]]] = {}
    for task, measure in measures.items():
        group = "Core tasks of the pretraining" if measure.core else "Adapted to later"
        found.setdefault(group, []).append(_row(task, measure, models))
    return found


def _row(task: str, measure: Measure, models: Sequence[Metrics]) -> dict[str, Any]:
    of_each = [model["tasks"].get(task) for model in models]
    values = [about["value"] if about else None for about in of_each]
    known = [value for value in values if value is not None]
    about = next(about for about in reversed(of_each) if about) if known else None
    return {
        "measure": measure,
        "decoder": about and _decoder_name(task, about),
        "decoder_parameters": about and about["decoder_parameters"],
        "values": values,
        "best": measure.best(known) if known else None,
        "gain": measure.gain(values[1], values[0]) if None not in values else None,
    }


def _decoder_name(task: str, about: Mapping[str, Any]) -> str:
    """In words; a task may read what the decoder of another says."""
    of_other = "" if about["decoder_of"] == task else f" of {about['decoder_of']}"
    return f"{about['decoder']}{of_other}".replace("_", " ")


def _parameters(models: Sequence[Metrics]) -> dict[str, list[int]]:
    """What a model consists of -> its number of parameters, per model."""
    return {
        "ViT, frozen": [m["backbone_parameters"] - m["adapter_parameters"] for m in models],
        "Adapter": [m["adapter_parameters"] for m in models],
        "Decoders": [
            sum({a["decoder_of"]: a["decoder_parameters"] for a in m["tasks"].values()}.values())
            for m in models
        ],
    }


def _ablations(
    metrics: Sequence[Metrics], ours: Metrics, baseline: Metrics, measures: Mapping[str, Measure]
) -> dict[str, Any]:
    """The rows of other models below Argus' own, on the tasks that one of them has."""
    others = [model for model in metrics if model not in (ours, baseline)]
    tasks = [task for task in measures if any(task in model["tasks"] for model in others)]
    rows = [ours, *others]
    values = {
        task: [model["tasks"][task]["value"] for model in rows if task in model["tasks"]]
        for task in tasks
    }
    return {
        "rows": rows if others else [],
        "tasks": [measures[task] for task in tasks],
        "best": {task: measures[task].best(values[task]) for task in tasks},
    }


def _figures(findings: Findings, tasks: Sequence[str], shown: str) -> dict[str, Markup]:
    titles = {model["method"]: model["title"] for model in findings.metrics}
    curves = {titles[model]: found for model, found in findings.curves.items()}
    return {
        "pretraining": Markup(figures.pretraining(curves, tasks, shown)),
        "adaptation": Markup(figures.adaptation(curves, tasks, shown)),
    }
