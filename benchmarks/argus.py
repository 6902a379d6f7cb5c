"""Argus: what the k-th task costs at inference, and what a frozen ViT saves in training.

    python benchmarks/argus.py [demo] [paper] [memory] [--device cuda] [--threads N] [--repeats N]

demo, paper: all tasks together on one image, the backbone once, against the sum of single runs of
each task; bounds: ratio <= 0.5 at the demo's sizes, <= 0.35 for ViT-B at 512 px. A decoder that
serves two tasks runs once together, and in the single run of each. memory: the peak
of a training step of ViT-B at 224 px under one decoder, its ViT frozen against trained too, each
in a process of its own; bound: frozen below. Random weights: no cost depends on them, but for how
many objects are found: an untrained detector finds as many as it may. On CPUs times are CPU times
and memory is what the resident set grew by.
"""

import argparse
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
import yaml
from clock import in_turns
from torch import Tensor

from polytask.argus.backbone import Backbone, BackboneConfig
from polytask.argus.decoder import LabelSpace
from polytask.argus.model import ArgusModel, DecoderConfig, Part, build_decoder
from polytask.models.argus.config import AdapterConfig
from polytask.models.sak import StudentConfig

ROOT = Path(__file__).parents[1]
PARAMS, PAPER = (
    yaml.safe_load((ROOT / name).read_text()) for name in ("params.yaml", "presets/argus.yaml")
)
SMALL = AdapterConfig(**PARAMS["adapters"]["argus"])
ADAPTER = AdapterConfig(**{**PARAMS["adapters"]["argus"], **PAPER["adapters"]["argus"]})
TASKS = PARAMS["argus"]["tasks"]
TRAINED, BATCH, PIXELS = "semseg", 2, 224
"""What the training step of `memory` learns, from how many images of which side."""


def space(num_classes: int, num_things: int, num_image_classes: int) -> LabelSpace:
    """Names do not matter: numbers of classes do."""
    return LabelSpace(
        classes=tuple(map(str, range(num_classes))),
        things=tuple(range(num_things)),
        image_classes=tuple(map(str, range(num_image_classes))),
    )


def named(task: str) -> DecoderConfig:
    """A task's decoder with its own options, and the tasks that read what it says."""
    also = [other for other, entry in TASKS.items() if entry.get("decoder_of") == task]
    return DecoderConfig(decoder=TASKS[task]["decoder"], also=tuple(also))


def demo() -> tuple[BackboneConfig, LabelSpace, dict[str, DecoderConfig]]:
    """The backbone and the decoders of params.yaml."""
    student = StudentConfig(**{**PARAMS["student"], "biases": "none", "adapter": SMALL})
    config = BackboneConfig(student=student, enlarged=PARAMS["argus"]["enlarged"])
    decoders = {
        task: replace(named(task), options=entry["options"])
        for task, entry in TASKS.items()
        if "decoder" in entry
    }
    return config, space(16, 8, 6), decoders


def paper(pixels: int) -> tuple[BackboneConfig, LabelSpace, dict[str, DecoderConfig]]:
    """ViT-B and the same kinds of decoders at their own sizes, for the classes of the data sets."""
    student = StudentConfig(
        model="vit_base_patch14_reg4_dinov2", image_size=(pixels, pixels), levels=(2, 5, 8, 11),
        biases="none", adapter=ADAPTER,
    )  # fmt: skip
    decoders = {task: named(task) for task, entry in TASKS.items() if "decoder" in entry}
    return BackboneConfig(student=student), space(150, 100, 1000), decoders


def infer(title: str, built: tuple, bound: float, repeats: int, device: torch.device) -> None:
    """Print what the backbone, each task alone and all tasks together take on one image."""
    config, labels, decoders = built
    torch.manual_seed(0)
    backbone = Backbone(config)
    parts: dict[str, Part] = {}
    for task, each in decoders.items():
        part = Part(build_decoder(task, each, backbone.dim, labels), "", labels)
        parts |= dict.fromkeys((task, *each.also), part)
    model = ArgusModel(backbone, parts).eval().to(device)
    image = torch.randint(0, 256, (1, 3, *config.student.image_size), dtype=torch.uint8).to(device)
    cases = {
        "backbone": torch.inference_mode()(lambda: model.backbone(image)),
        **{task: lambda task=task: model.predict(image, [task]) for task in model.tasks},
        "together": lambda: model.predict(image),
    }
    cases["together"]()  # warm up
    times = in_turns(cases, repeats, device)
    cost = {name: median(values) for name, values in times.items()}
    singles = [sum(times[task][at] for task in model.tasks) for at in range(repeats)]
    ratios = [both / one for both, one in zip(times["together"], singles, strict=True)]
    print(f"{title}: " + ", ".join(f"{name} {1e3 * value:.0f} ms" for name, value in cost.items()))
    print(
        f"{title}: {len(model.tasks)} tasks together / sum of single runs = {median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f} in {repeats} runs; bound {bound})"
    )


def training_step(freeze: bool, device: torch.device) -> float:
    """MiB at the peak of two steps with AdamW, over what the process took before the model."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    config, labels, decoders = paper(PIXELS)
    adapter = replace(ADAPTER, freeze_vit=freeze)
    backbone = Backbone(replace(config, student=replace(config.student, adapter=adapter)))
    backbone.train_adapter()
    decoder = build_decoder(TRAINED, decoders[TRAINED], backbone.dim, labels)
    model = torch.nn.ModuleList([backbone, decoder]).to(device)
    batch = labelled(device)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-4)
    for _ in range(2):
        optimizer.zero_grad(set_to_none=True)
        losses = decoder.losses(backbone(batch["image"]), batch)
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10


def labelled(device: torch.device) -> dict[str, Tensor]:
    """Random images with labels of TRAINED."""
    return {
        "image": torch.randint(0, 256, (BATCH, 3, PIXELS, PIXELS), dtype=torch.uint8).to(device),
        TRAINED: torch.randint(0, 150, (BATCH, PIXELS, PIXELS)).to(device),
    }


def compare_memory(words: list[str], repeats: int) -> None:
    """Print the peaks of a step with the ViT frozen and trained, in turns."""
    peaks: dict[str, list[float]] = {"frozen": [], "unfrozen": []}
    for _ in range(repeats):
        for name, found in peaks.items():
            command = [sys.executable, __file__, f"step_{name}", *words]
            found.append(float(subprocess.run(command, capture_output=True, check=True).stdout))
    for name, found in peaks.items():
        span = f"{min(found):.0f} to {max(found):.0f} in {repeats} processes"
        print(f"memory, ViT {name}: {median(found):.0f} MiB at the peak ({span})")
    print(f"memory: frozen / unfrozen = {median(peaks['frozen']) / median(peaks['unfrozen']):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    steps = ("step_frozen", "step_unfrozen")
    parser.add_argument("what", nargs="*", choices=("demo", "paper", "memory", *steps), default=[])
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device, repeats = torch.device(arguments.device), arguments.repeats
    wanted = arguments.what or ["demo", "paper", "memory"]
    if "demo" in wanted:
        infer("demo", demo(), 0.5, repeats, device)
    if "paper" in wanted:
        infer("ViT-B at 512 px", paper(512), 0.35, repeats, device)
    if "memory" in wanted:
        words = ["--device", arguments.device, "--threads", str(arguments.threads)]
        compare_memory(words, repeats)
    for name in set(wanted) & set(steps):
        print(training_step(name == "step_frozen", device))


if __name__ == "__main__":
    main()
