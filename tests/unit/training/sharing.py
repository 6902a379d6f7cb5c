"""A tiny multi-task training that several processes share, for the tests that it is one process's.

Every sample lacks labels that another one has, so that processes never count the same.
"""

import multiprocessing
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import torch
from torch import distributed as dist
from torch import nn

from polytask.across_processes import processes
from polytask.data.sampling import batches, split_key
from polytask.losses import counts
from polytask.losses.matching import Matching
from polytask.losses.multitask import LossConfig
from polytask.models import norms, routers
from polytask.models.multitask import build_model
from polytask.tasks import num_outputs
from polytask.training import objectives
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import BalancedObjective, build_balancing
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.loop import fit
from polytask.training.objectives import (
    DistillationObjective,
    ManyToOneObjective,
    MultiTaskObjective,
)
from polytask.training.runtime import RuntimeConfig, start

DIMS = {"semantic": 16, "boundary": 24}
WEIGHTS = {
    "semseg": 1.0, "human_parts": 2.0, "sal": 5.0, "edge": 50.0, "normals": 10.0, "depth": 1,
    "keypoints": 1.0,
}  # fmt: skip
MODEL = {
    "student": {
        "model": "vit_tiny_patch16_224",
        "model_args": {"patch_size": 8, "embed_dim": 16, "depth": 2, "num_heads": 2},
        "image_size": [16, 16], "levels": [0, 1], "aligners": "always",
    },
    "teacher_dims": DIMS, "fusion": "mixture",
    "tasks": {task: num_outputs(task, 4) for task in WEIGHTS},
    "mlore": {
        "width": 8, "ranks": [1, 2, 3], "task_rank": 2, "top_k": 2, "renormalise": False,
        "num_modules": 1, "positions": [2, 2],
    },
}  # fmt: skip
LOSSES = LossConfig(edge_pos_weight=0.95)
FIT = {
    "steps": 6, "batch_size": 4, "lr": 1e-4, "weight_decay": 0.01, "schedule": "cosine",
    "warmup_steps": 2, "warmup_lr": 0.1, "final_lr": 0.01, "clip_norm": 10.0, "log_every": 2,
    "checkpoint_every": 3, "num_workers": 0,
}  # fmt: skip

OPTIONS = {"troa": {"every": 1}}
"""Of balancing methods that would do nothing in so few steps."""


def identity(value, parts=1):
    return value


WITHOUT = {
    "nothing": [],
    "whole counts": [(counts, name, identity) for name in ("total", "fair_share")],
    "whole batch norms": [(norms.WholeBatchNorm2d, "forward", nn.BatchNorm2d.forward)],
    "noise of its own": [(routers, "normal_like", torch.randn_like)],
}
"""What a process would do if it knew of no other."""
OWN_DROPS = "drops of its own"
"""The same, of a training that drops teachers."""
PATCHES = {**WITHOUT, OWN_DROPS: [(objectives, "normal_like", torch.randn_like)]}


class Scenes:
    """Four scenes; each task is labelled in other places of other scenes."""

    def __len__(self):
        return 4

    def __getitem__(self, key):
        index, view = split_key(key)
        draw = torch.Generator().manual_seed(10 * index + view)

        def pixels(*shape, below=2):
            return torch.randint(0, below, shape, generator=draw)

        hidden = torch.rand(16, 16, generator=draw) < index / 4
        return {
            "index": index, "view": view, "image": pixels(3, 16, 16, below=256).to(torch.uint8),
            "semseg": pixels(16, 16, below=4).masked_fill(hidden, 255),
            "human_parts": pixels(16, 16, below=7) * (index == 1),
            "sal": (torch.rand(16, 16, generator=draw) < (index + 1) / 6).long(),
            "edge": pixels(1, 16, 16).float().masked_fill(hidden | (index == 3), 255.0),
            "normals": nn.functional.normalize(torch.randn(3, 16, 16, generator=draw), dim=0)
            * (index != 2),
            "depth": (torch.rand(1, 16, 16, generator=draw) + 1) * (index == 0),
            "keypoints": torch.rand(1, 16, 16, generator=draw).masked_fill(hidden, torch.nan),
        }  # fmt: skip


def targets(batch):
    """What two teachers say of the samples of a batch, at both levels."""
    return {
        name: [
            torch.stack([_noise(sample, level, dim) for sample in batch["index"].tolist()])
            for level in range(2)
        ]
        for name, dim in DIMS.items()
    }


def _noise(sample, level, dim):
    draw = torch.Generator().manual_seed(100 + 10 * sample + level)
    return torch.randn(dim, 2, 2, generator=draw)


def teaching(dropping):
    """The teachers' part of the loss; with `dropping` an image learns from some of them."""
    if not dropping:
        return DistillationObjective(targets, 0.9, 0.1)
    matching = Matching(
        alpha=0.9, beta=0.1, cosine="token", levels="all", teacher_dropping=dropping
    )
    return ManyToOneObjective(targets, matching)


class Interrupted(Exception):
    """What takes the place of SIGKILL."""


def train(
    folder=None,
    gamma=1.0,
    without="nothing",
    at=None,
    what=None,
    head="conv",
    runtime=None,
    balancing="fixed",
    dropping=0.0,
    **values,
):
    """Weights, gradients of the last step and rows of a training in this process's share of it.

    `what()` happens when the objective was asked `at` times, in the middle of a step.
    """
    torch.set_num_threads(1)
    config = FitConfig(**FIT | values)
    runtime = start(RuntimeConfig(device="cpu", precision="fp32", **runtime or {}), seed=3)
    here, model, rows, asked = runtime.processes, build_model(MODEL | {"head": head}), [], []
    distillation = teaching(dropping)
    multi_task = MultiTaskObjective(WEIGHTS, LOSSES, gamma, distillation)

    def asked_for(model, batch):
        asked.append(1)
        parts = multi_task(model, batch)
        return what(parts) if at is not None and len(asked) == at + 1 else parts

    objective = asked_for
    if balancing != "fixed":
        learnt = build_balancing(
            BalancingConfig(method=balancing, options=OPTIONS.get(balancing, {})),
            len(WEIGHTS),
            runtime.device,
        )
        objective = BalancedObjective(WEIGHTS, LOSSES, gamma, distillation, balancing=learnt)

    def shares(first_step):
        return batches(
            Scenes(), config.batch_size, config.steps, 0, 0, num_workers=config.num_workers,
            rank=here.rank, world_size=here.world_size, first_step=first_step,
        )  # fmt: skip

    with ExitStack() as patches:
        for place, name, value in PATCHES[without]:
            patches.enter_context(patch.object(place, name, value))
        fit(
            model, shares, objective, config, runtime,
            on_log=lambda step, values: rows.append((step, values)),
            checkpoint=Checkpoints(folder, "abcdef0123"),
        )  # fmt: skip
    gradients = {k: p.grad.numpy() for k, p in model.named_parameters() if p.grad is not None}
    weights = {key: value.numpy() for key, value in model.state_dict().items()}
    return {"weights": weights, "gradients": gradients, "rows": rows}


def interrupted(folder, at, **values):
    """A training that ends without a word when its objective was asked `at` times."""

    def end(_parts):
        raise Interrupted

    try:
        train(folder, at=at, what=end, **values)
    except Interrupted:
        return "interrupted"


def told_to_stop(folder, at, rank):
    """A training of which one process gets SIGTERM in the middle of a step: the exit code."""

    def terminate(parts):
        if processes().rank == rank:
            os.kill(os.getpid(), signal.SIGTERM)
        return parts

    try:
        train(folder, at=at, what=terminate)
    except SystemExit as stopped:
        return stopped.code


def diverged(folder, rank):
    """A training of which one process's loss is no number: what is said of it."""

    def poisoned(parts):
        return {**parts, "loss": parts["loss"] * float("nan" if processes().rank == rank else 1)}

    try:
        train(folder, at=4, what=poisoned)
    except ValueError as error:
        return str(error)


def several(calls):
    """What each of these calls returns, one after the other."""
    return [call() for call in calls]


def together(world_size, function, *arguments):
    """What `function` returns in each of so many processes; they share the batches."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sharing", "polytask.models.multitask"])
    with TemporaryDirectory() as folder:
        pipes, workers = [], []
        for rank in range(world_size):
            pipe, end = context.Pipe(duplex=False)
            where = rank, world_size, Path(folder) / "store"
            worker = context.Process(target=_worker, args=(end, where, function, arguments))
            worker.start()
            end.close()
            pipes.append(pipe)
            workers.append(worker)
        found = [pipe.recv() for pipe in pipes]
        for worker in workers:
            worker.join()
    return found


def _worker(end, where, function, arguments):
    rank, world_size, store = where
    multiprocessing.set_start_method("fork", force=True)  # for loader workers, as everywhere else
    if world_size > 1:
        dist.init_process_group(
            "gloo", init_method=f"file://{store}", rank=rank, world_size=world_size
        )
    end.send(function(*arguments))
    if world_size > 1:
        dist.destroy_process_group()
