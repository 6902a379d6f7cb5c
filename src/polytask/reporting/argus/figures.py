"""The figures of the page on Argus: what its two stages of training did to the losses."""

from collections.abc import Collection, Mapping, Sequence

from polytask.reporting.argus.measures import title_of
from polytask.reporting.figures import Curve, curve_panels

PRETRAIN = "backbone"
"""The folder of stage 1 beside those of the tasks."""

Curves = Mapping[str, Mapping[str, Curve]]
"""The logged steps of every model by its title: stage 1, and stage 2 by its tasks."""


def pretraining(curves: Curves, tasks: Sequence[str], shown: str) -> str:
    """A panel with the weighted sum of the losses, and one per task; empty without a stage 1."""
    stage = {title: of_model.get(PRETRAIN, []) for title, of_model in curves.items()}
    stage = {title: curve for title, curve in stage.items() if curve}
    if not stage:
        return ""
    logged: Collection[str] = {key for curve in stage.values() for key in curve[0]}
    panels = {"Weighted sum": {title: (curve, "loss") for title, curve in stage.items()}}
    for task in tasks:
        if task in logged:
            panels[title_of(task)] = {title: (curve, task) for title, curve in stage.items()}
    return curve_panels(panels, shown)


def adaptation(curves: Curves, tasks: Sequence[str], shown: str) -> str:
    """A panel per task that a decoder of its own was trained for; empty where there is none."""
    adapted = {
        title: of_model for title, of_model in curves.items() if of_model.keys() - {PRETRAIN}
    }
    panels = {}
    for task in tasks:
        lines = {title: (of_model.get(task, []), "loss") for title, of_model in adapted.items()}
        if any(curve for curve, _ in lines.values()):
            panels[title_of(task)] = lines
    return curve_panels(panels, shown) if panels else ""
