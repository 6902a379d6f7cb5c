"""What checkpoints cost, as a share of the time spent training; bound: < 2 %.

python benchmarks/checkpoint.py

The demo's student and its stage 1, at the interval in params.yaml; `checkpoints/` is on this disk.
"""

import shutil
import time
from pathlib import Path

import torch
import yaml

from polytask.models.sak import Student, StudentConfig
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.loop import fit
from polytask.training.runtime import Runtime, RuntimeConfig, start
from polytask.training.state_files import State

PARAMS = yaml.safe_load((Path(__file__).parents[1] / "params.yaml").read_text())
CONFIG = FitConfig(**PARAMS["distill"]["fit"])
STEPS, SAVES = 20, 5
FOLDER = Path("checkpoints/.benchmark")


class Timed(Checkpoints):
    """Checkpoints that know how long they took."""

    seconds = 0.0

    def save(self, step: int, state: State) -> None:
        begin = time.perf_counter()
        super().save(step, state)
        self.seconds += time.perf_counter() - begin


def loss_of(student: Student, batch: dict) -> dict[str, torch.Tensor]:
    maps = [level for levels in student(batch["image"]).aligned.values() for level in levels]
    return {"loss": torch.stack([level.float().square().mean() for level in maps]).sum()}


def batches(first_step: int) -> list[dict]:
    generator = torch.Generator().manual_seed(0)
    shape = (CONFIG.batch_size, 3, *PARAMS["student"]["image_size"])
    return [{"image": torch.rand(shape, generator=generator)} for _ in range(STEPS - first_step)]


def train(student: Student, runtime: Runtime, checkpoint: Checkpoints) -> float:
    """Seconds of STEPS steps, checkpoints included."""
    values = {**PARAMS["distill"]["fit"], "steps": STEPS, "checkpoint_every": STEPS // SAVES}
    begin = time.perf_counter()
    fit(
        student, batches, loss_of, FitConfig(**values), runtime,
        on_log=lambda step, values: None, checkpoint=checkpoint, name="checkpoint",
    )  # fmt: skip
    return time.perf_counter() - begin


def measure(runtime: Runtime) -> tuple[float, float, int]:
    """Seconds per step, seconds per checkpoint, and bytes of one."""
    dims = dict.fromkeys(PARAMS["committee"], 128)
    student = Student(StudentConfig(**PARAMS["student"]), dims)
    train(student, runtime, Checkpoints(None, ""))  # warm up
    checkpoint = Timed(FOLDER, "benchmark")
    seconds = train(student, runtime, checkpoint) - checkpoint.seconds
    size = next(FOLDER.glob("*.safetensors")).stat().st_size
    return seconds / STEPS, checkpoint.seconds / SAVES, size


def main() -> None:
    torch.set_num_threads(1)
    runtime = start(RuntimeConfig(device="cpu"), 0)
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        step, save, size = measure(runtime)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    saves = -(-CONFIG.steps // CONFIG.checkpoint_every)
    ratio = saves * save / (CONFIG.steps * step)
    print(f"{step * 1e3:.0f} ms a step, {save * 1e3:.0f} ms a checkpoint of {size / 1e6:.1f} MB")
    print(f"{saves} checkpoints in {CONFIG.steps} steps cost {ratio:.2%} of the training")


if __name__ == "__main__":
    main()
