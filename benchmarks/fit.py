"""`fit` against a bare loop over the same timm model, data and tricks, in CPU time; bound: >= 0.9x.

python benchmarks/fit.py
"""

import time
from pathlib import Path

import torch
import yaml

from polytask.models.sak import Student, StudentConfig
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.loop import fit
from polytask.training.runtime import Runtime, RuntimeConfig, start

PARAMS = yaml.safe_load((Path(__file__).parents[1] / "params.yaml").read_text())
STEPS, BATCH = 40, 16


def data() -> list[dict]:
    generator = torch.Generator().manual_seed(0)
    size = PARAMS["student"]["image_size"]
    return [{"image": torch.rand(BATCH, 3, *size, generator=generator)} for _ in range(STEPS)]


def loss_of(model: Student, batch: dict) -> dict[str, torch.Tensor]:
    return {"loss": model(batch["image"]).stem[-1].float().square().mean()}


def with_fit(model: Student, batches: list[dict], runtime: Runtime) -> None:
    config = FitConfig(**{**PARAMS["distill"]["fit"], "steps": STEPS, "checkpoint_every": 10**6})
    fit(
        model, lambda first_step: batches[first_step:], loss_of, config, runtime,
        on_log=lambda step, values: None, checkpoint=Checkpoints(None, ""), name="fit",
    )  # fmt: skip


def bare(model: Student, batches: list[dict], runtime: Runtime) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    for batch in batches:
        with runtime.autocast():
            loss = loss_of(model, batch)["loss"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def main() -> None:
    torch.set_num_threads(1)
    runtime = start(RuntimeConfig(device="cpu"), 0)
    student, batches = Student(StudentConfig(**PARAMS["student"]), {}), data()
    bare(student, batches, runtime)  # warm up
    times: dict[str, list[float]] = {"fit": [], "bare": []}
    for _ in range(3):
        for name, loop in (("fit", with_fit), ("bare", bare)):
            begin = time.process_time()
            loop(student, batches, runtime)
            times[name].append(time.process_time() - begin)
    ours, theirs = (sorted(values)[1] for values in times.values())
    print(
        f"fit {STEPS * BATCH / ours:.0f}, bare loop {STEPS * BATCH / theirs:.0f} images per CPU s"
    )
    print(f"fit reaches {theirs / ours:.2f} of the bare loop")


if __name__ == "__main__":
    main()
