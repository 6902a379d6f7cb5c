"""The page's pictures: per domain the first test images, the truth, and what models say of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from polytask.reporting.frame import Judged
from polytask.reporting.sheets import Scene, scenes
from polytask.reporting.vta.config import VtaPageConfig, row_name
from polytask.tasks import TASKS, Task

NUM_SCENES = 4


@dataclass(frozen=True)
class Sheet:
    """Scenes of one domain, with a picture per task (VTA, Figure 7)."""

    domain: str
    dataset: str
    tasks: Sequence[Task]
    scenes: Sequence[Scene]


def sheets_of(found: Judged, config: VtaPageConfig) -> list[Sheet]:
    """The sheets that the config names, each on the tasks that all of its models have.

    Raises UserError for a row without metrics.
    """
    sheets = []
    for domain, models in config.sheets.items():
        rows = [row_name(model, domain) for model in models]
        metrics = [found.named(row, f"vta.sheets.{domain}") for row in rows if row in found.samples]
        if metrics:
            tasks = [t for t in metrics[0]["tasks"] if all(t in each["tasks"] for each in metrics)]
            titles = {each["method"]: each["title"] for each in metrics}
            drawn = list(scenes(found.samples, titles, tasks, NUM_SCENES))
            dataset = metrics[0]["dataset"]
            sheets.append(Sheet(domain, dataset, [TASKS[task] for task in tasks], drawn))
    return sheets
