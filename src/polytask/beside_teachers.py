"""A student beside its teachers on held-out images, for what both have: maps of patches."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from polytask.data.photos import PhotoCorpus
from polytask.data.sampling import Batch, batches_of
from polytask.models.inputs import model_images
from polytask.models.sak import Representations, Student
from polytask.teachers.targets import OnlineTargets, Targets
from polytask.training.runtime import Runtime

BATCH_SIZE = 10


def held_out(corpus: Path, image_size: tuple[int, int], num_images: int) -> list[Batch]:
    """The first `num_images` plain photos (H, W) of a corpus's val part, or all, in batches."""
    dataset = PhotoCorpus(corpus, "val", image_size, None)
    return list(batches_of(dataset, range(min(num_images, len(dataset))), BATCH_SIZE))


@torch.inference_mode()
def side_by_side(
    student: Student, targets: OnlineTargets, batches: Iterable[Mapping[str, Any]], runtime: Runtime
) -> Iterator[tuple[Representations, Targets]]:
    """What the student and its teachers say of each batch, in the runtime's precision."""
    for batch in batches:
        sent = runtime.send(batch)
        with runtime.autocast():
            representations = student(model_images(sent["image"]))
        yield representations, targets(sent)
