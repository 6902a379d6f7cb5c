"""The page's pictures: per task what was seen, and what each model says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from polytask.reporting.argus.measures import title_of
from polytask.reporting.sheets import Samples, data_uri


@dataclass(frozen=True)
class Sheet:
    """A task's pictures as data URIs: the images, then a row per model (title, pictures)."""

    task: str
    images: list[str]
    rows: list[tuple[str, list[str]]]

    @property
    def title(self) -> str:
        """What the task is called."""
        return title_of(self.task)


def sheets(
    samples: Mapping[str, Samples], titles: Mapping[str, str], tasks: Iterable[str], count: int
) -> list[Sheet]:
    """The first `count` images of every task that one of the models of `titles` has pictures of.

    Models that lack a task have no row there.
    """
    models = [model for model in titles if model in samples]
    found = []
    for task in tasks:
        having = [model for model in models if f"{task}_prediction" in samples[model]]
        if having:
            rows = [(titles[m], _uris(samples[m][f"{task}_prediction"][:count])) for m in having]
            found.append(Sheet(task, _uris(samples[having[0]][f"{task}_image"][:count]), rows))
    return found


def _uris(pictures: np.ndarray) -> list[str]:
    return [data_uri(Image.fromarray(picture)) for picture in pictures]
