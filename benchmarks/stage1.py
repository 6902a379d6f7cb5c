"""Stage 1 with cached features against the same step with the teachers online, in CPU time.

    python benchmarks/stage1.py            the demo's committee and the paper's shapes
    python benchmarks/stage1.py demo       one of them

Same model, same batches, same losses; reading the cache from disk is included. Random weights: the
cost of a step does not depend on them. Bounds: demo >= 2x; paper >= 8x, and bf16 autocast of the
online step <= 0.6x of fp32 where the processor has bf16.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml

from polytask.data.views import View
from polytask.models.sak import Student, StudentConfig
from polytask.teachers.caching import write_features
from polytask.teachers.committee import open_teachers
from polytask.teachers.encoder import TeacherConfig
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import CachedTargets, OnlineTargets
from polytask.training.objectives import DistillationObjective
from polytask.training.runtime import Runtime, RuntimeConfig, start

ROOT = Path(__file__).parents[1]
PAPER_STUDENT = StudentConfig(
    model="vit_small_patch16_384", image_size=(384, 384), levels=(2, 5, 8, 11)
)


class Pictures:
    """`count` random images (3, size, size), the same for the same index."""

    def __init__(self, count: int, size: int) -> None:
        self.count, self.size = count, size

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, sample: tuple[int, int]) -> dict:
        rng = np.random.default_rng(sample)
        image = rng.integers(0, 256, (3, self.size, self.size), dtype=np.uint8)
        return {"image": torch.from_numpy(image), "index": sample[0], "view": sample[1]}

    def view(self, index: int, number: int) -> View:
        return View(0, 0, self.size, self.size)


def committee(names: list[str]) -> dict[str, TeacherConfig]:
    """Teachers of params.yaml with random weights."""
    catalogue = yaml.safe_load((ROOT / "params.yaml").read_text())["teachers"]
    return {name: replace(TeacherConfig(**catalogue[name]), weights="random") for name in names}


def cpu_seconds(step: Callable[[], None], repeats: int) -> float:
    """Median CPU time (user and system, this process) of a step, after one warm-up."""
    step()
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        step()
        times.append(time.process_time() - begin)
    return sorted(times)[len(times) // 2]


def stepper(
    student: Student, targets: Callable, batch: dict, runtime: Runtime
) -> Callable[[], None]:
    """One stage-1 step: forward, loss, backward, AdamW."""
    objective = DistillationObjective(targets, alpha=0.9, beta=0.1)
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, weight_decay=0.01, fused=True)

    def step() -> None:
        with runtime.autocast():
            loss = objective(student, batch)["loss"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def measure(
    title: str, student_config: StudentConfig, names: list[str], batch_size: int, repeats: int
) -> None:
    """Print what cached and online steps cost, in fp32 and, where there is bf16, in bf16."""
    pictures = Pictures(batch_size, student_config.image_size[0])
    batch = torch.utils.data.default_collate([pictures[i, 0] for i in range(batch_size)])
    online: dict[str, float] = {}
    precisions = ["fp32"]
    if start(RuntimeConfig(device="cpu"), 0).autocast_dtype is torch.bfloat16:
        precisions.append("bf16")
    for precision in precisions:
        runtime = start(RuntimeConfig(device="cpu", precision=precision), 0)
        teachers = open_teachers(committee(names), runtime.device, runtime.autocast_dtype)
        student = Student(student_config, {name: t.dim for name, t in teachers.items()})
        with tempfile.TemporaryDirectory() as folder:
            stores = {}
            for name, teacher in teachers.items():
                index = Path(folder) / name / "index.json"
                index.parent.mkdir()
                write_features(
                    teacher, pictures, 1, index, [index.with_name("00.safetensors")],
                    views={}, image_size=student_config.image_size, batch_size=1,
                )  # fmt: skip
                stores[name] = FeatureStore(index)
            cached = cpu_seconds(stepper(student, CachedTargets(stores), batch, runtime), repeats)
        online[precision] = cpu_seconds(
            stepper(student, OnlineTargets(teachers), batch, runtime), repeats
        )
        print(
            f"{title}, {precision}: online {online[precision]:.3f} s, cached {cached:.3f} s per "
            f"step of {batch_size}: {online[precision] / cached:.1f}x"
        )
    if "bf16" in online:
        print(f"{title}: online bf16 / fp32 = {online['bf16'] / online['fp32']:.2f}")


def main() -> None:
    torch.set_num_threads(1)
    wanted = sys.argv[1:] or ["demo", "paper"]
    if "demo" in wanted:
        params = yaml.safe_load((ROOT / "params.yaml").read_text())
        student = StudentConfig(**params["student"])
        measure("demo", student, params["committee"], batch_size=16, repeats=5)
    if "paper" in wanted:
        names = ["dinov2_base", "clip_laion_base", "sam_base"]
        measure("paper", PAPER_STUDENT, names, batch_size=1, repeats=3)


if __name__ == "__main__":
    main()
