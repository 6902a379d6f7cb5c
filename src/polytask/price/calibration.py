"""How fast this machine trains: a model of the plan, for a few seconds."""

import time
from collections.abc import Sequence

import torch

from polytask.errors import UserError
from polytask.models.inputs import model_images
from polytask.models.multitask import build_model
from polytask.price.costs import Costs
from polytask.price.descriptions import Descriptions
from polytask.price.jobs import Job
from polytask.price.trained import everything
from polytask.training.runtime import RuntimeConfig, start

SECONDS = 2.0
LARGEST_STEP = 1e11
"""FLOPs of a step, about: it has as many images as that takes, at most `LARGEST_BATCH`."""
LARGEST_BATCH = 16


def measured_speed(jobs: Sequence[Job], precision: str) -> float:
    """FLOP/s that training steps of stage 2 reach on the CPU, all threads together.

    Raises UserError where the plan has no such training.
    """
    trained = [job for job in jobs if job.rule == "downstream" and not job.config["frozen"]]
    if not trained:
        raise UserError("--gpu cpu: the plan trains no model that could be timed; give --peak")
    runtime = start(RuntimeConfig(device="cpu", precision=precision), seed=0)
    description = Descriptions(jobs).model(trained[0].outputs[0])
    per_image = Costs().training(description, everything).count.flops
    batch = int(max(1, min(LARGEST_BATCH, LARGEST_STEP // per_image)))
    size = (batch, 3, *description["student"]["image_size"])
    images = torch.randint(256, size, dtype=torch.uint8)
    model = build_model(description)

    def step() -> None:
        model.zero_grad()
        with runtime.autocast():
            predictions = model(model_images(images)).predictions
        sum(each.float().mean() for each in predictions.values()).backward()

    step()  # the first one is slower
    begin, steps = time.perf_counter(), 0
    while (passed := time.perf_counter() - begin) < SECONDS or not steps:
        step()
        steps += 1
    return steps * batch * per_image / passed
