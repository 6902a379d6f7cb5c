"""VTA: what four tasks cost over one, and what TROA's updates cost over the steps they go with.

    python benchmarks/vta.py [demo] [paper] [troa] [--device cuda] [--threads N] [--repeats N]

demo, paper: a prediction and a training step of four tasks over those of one, the backbone once;
beside it what the authors' code does, which runs the backbone once per task, on the same weights.
troa: steps with an update of the affinities every so many (params.yaml) over steps without any;
bound: 0.30 more. Sizes are those of params.yaml and of a Swin V2-B at 256 px with adapters at
blocks 15-18 of stage 3 and both of stage 4 (VTA, section 3.1). Random weights: no cost depends on
them. On CPUs times are CPU times.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
import yaml
from clock import in_turns
from torch import Tensor

from polytask.models.multitask import build_model
from polytask.models.vta.model import VtaModel
from polytask.training.balancing.troa import Troa

PARAMS = yaml.safe_load((Path(__file__).parents[1] / "params.yaml").read_text())
TASKS = {"semseg": 16, "depth": 1, "normals": 3, "edge_texture": 1}
BOUND = 0.30


def demo() -> tuple[dict[str, Any], int, int]:
    """The sizes of params.yaml: a configuration's `vta`, pixels of a side, images of a batch."""
    values = PARAMS["vta"]
    backbone = {key: value for key, value in values["backbone"].items() if key != "weights"}
    parts = {"adapter": values["adapter"], "decoder": values["decoder"]}
    return {"backbone": backbone, "frozen": True, **parts}, 96, values["fit"]["batch_size"]


def paper() -> tuple[dict[str, Any], int, int]:
    """Swin V2-B; the widths that the paper leaves out are chosen for its 105.7 M parameters."""
    backbone = {
        "model": "swinv2_base_window8_256",
        "at": [f"layers.2.blocks.{index}" for index in range(14, 18)]
        + ["layers.3.blocks.0", "layers.3.blocks.1"],
        "skips": ["layers.0.blocks.1", "layers.1.blocks.1", "layers.2.blocks.17"],
    }
    parts = {
        "adapter": {"window": 8, "bottleneck": 8, "task_dim": 16},
        "decoder": {"dim": 96, "window": 8, "num_heads": 48},
    }
    return {"backbone": backbone, "frozen": True, **parts}, 256, 2


def build(vta: dict[str, Any], device: torch.device) -> VtaModel:
    torch.manual_seed(0)
    return build_model({"vta": vta, "tasks": TASKS}).to(device)


def losses(model: VtaModel, images: Tensor, *passes: list[str]) -> list[Tensor]:
    """A stand-in for each task's loss; a pass of the backbone for each list of tasks."""
    found = [model(images, tasks).predictions for tasks in passes]
    return [prediction.square().mean() for each in found for prediction in each.values()]


def training_step(model: VtaModel, images: Tensor, *passes: list[str]) -> None:
    model.zero_grad(set_to_none=True)
    torch.stack(losses(model, images, *passes)).sum().backward()


def measured(
    cases: dict[str, Callable[[], Any]], repeats: int, device: torch.device
) -> dict[str, list[float]]:
    """Times of each case, taken in turns after a warm-up."""
    for call in cases.values():
        call()
    return in_turns(cases, repeats, device)


def over(times: dict[str, list[float]], name: str, base: str) -> str:
    """The ratio of two cases: its median and its range."""
    ratios = [a / b for a, b in zip(times[name], times[base], strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} runs)"


def four_over_one(title: str, sizes: tuple, repeats: int, device: torch.device) -> None:
    """Print four tasks over one, at inference and in a training step."""
    vta, pixels, batch = sizes
    model = build(vta, device)
    names, one = list(TASKS), list(TASKS)[:1]
    parts = {"all": model, "backbone": model.backbone, "adapters": model.ladder}
    parts["decoders"] = model.decoders
    counts = {k: sum(p.numel() for p in part.parameters()) / 1e6 for k, part in parts.items()}
    print(f"{title}: " + ", ".join(f"{k} {value:.2f} M" for k, value in counts.items()))
    image, images = (torch.rand(n, 3, pixels, pixels, device=device) for n in (1, batch))
    ways = {"1 task": [one], "4 tasks": [names], "authors": [[name] for name in names]}
    for what, call, seen in (("inference", losses, image), ("training", training_step, images)):
        model.train(what == "training")
        cases = {
            way: torch.set_grad_enabled(what == "training")(
                lambda passes=passes, call=call, seen=seen: call(model, seen, *passes)
            )
            for way, passes in ways.items()
        }
        times = measured(cases, repeats, device)
        cost = ", ".join(f"{way} {1e3 * median(found):.0f} ms" for way, found in times.items())
        print(f"{title}, {what} of {len(seen)}: {cost}")
        print(f"{title}, {what}: 4 tasks / 1 task = {over(times, '4 tasks', '1 task')}")
        print(f"{title}, {what}: authors / 1 task = {over(times, 'authors', '1 task')}")


def troa(title: str, sizes: tuple, repeats: int, device: torch.device) -> None:
    """Print steps with updates of the affinities over steps without."""
    vta, pixels, batch = sizes
    options = PARAMS["vta"]["balancing"]["options"]
    model = build(vta, device).train()
    images = torch.rand(batch, 3, pixels, pixels, device=device)
    never, always = ({**options, "every": every} for every in (10**9, 1))
    ways = {"without": Troa(4, device, **never), "with": Troa(4, device, **always)}

    def step(balancing: Troa) -> None:
        model.zero_grad(set_to_none=True)
        total, _ = balancing(losses(model, images, list(TASKS)), model)
        total.backward()
        balancing.after_step(list)

    cases = {name: lambda each=each: step(each) for name, each in ways.items()}
    times = measured(cases, repeats, device)
    both = zip(times["with"], times["without"], strict=True)
    updates = [(more - less) / less for more, less in both]
    share = [update / options["every"] for update in updates]
    print(f"{title}: an update costs {median(updates):.2f} of a step without")
    print(
        f"{title}: every {options['every']} steps that is {median(share):.3f} of them "
        f"({min(share):.3f} to {max(share):.3f} in {repeats} runs; bound {BOUND})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="*", choices=("demo", "paper", "troa"), default=[])
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device, repeats = torch.device(arguments.device), arguments.repeats
    wanted = arguments.what or ["demo", "paper", "troa"]
    if "demo" in wanted:
        four_over_one("demo", demo(), repeats, device)
    if "paper" in wanted:
        four_over_one("Swin V2-B at 256 px", paper(), repeats, device)
    if "troa" in wanted:
        troa("TROA, demo", demo(), repeats, device)


if __name__ == "__main__":
    main()
