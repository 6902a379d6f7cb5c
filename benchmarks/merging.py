"""Merging three ViT-B against fusion-bench (PyPI, MIT): time, peak memory, result; prints ratios.

python benchmarks/merging.py          needs `pip install fusion-bench`

Both begin with the weights in safetensors files and end with the merged state dict in memory. Only
fusion-bench's merging is timed (its models are loaded before), but ours with its reading. Memory is
the peak above that of the process after its imports. Promised: as fast, half the memory, 1e-5.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

MODEL, NUM_MODELS, SCALE, DENSITY = "vit_base_patch16_224", 3, 0.3, 0.2
METHODS = ("task_arithmetic", "ties")
REPEATS = 3
LARGEST_TIME, LARGEST_MEMORY, LARGEST_DIFFERENCE = 1.0, 0.5, 1e-5


def make_models(folder: Path) -> None:
    """A base and models that differ from it as fine-tuned ones do: little, and everywhere."""
    import timm

    torch.manual_seed(0)
    base = timm.create_model(MODEL, num_classes=0).state_dict()
    save_file(base, folder / "base.safetensors")
    for number in range(NUM_MODELS):
        moved = {key: value + 1e-3 * torch.randn_like(value) for key, value in base.items()}
        save_file(moved, folder / f"{number}.safetensors")


def ours(folder: Path, method: str) -> tuple[float, int, dict]:
    from polytask.merging.files import WeightsFile
    from polytask.merging.task_arithmetic import task_arithmetic
    from polytask.merging.ties import ties

    before, begin = peak(), time.perf_counter()
    base = WeightsFile(folder / "base.safetensors")
    models = [WeightsFile(folder / f"{number}.safetensors") for number in range(NUM_MODELS)]
    if method == "ties":
        merged = ties(base, models, SCALE, density=DENSITY)
    else:
        merged = task_arithmetic(base, models, SCALE)
    return time.perf_counter() - begin, peak() - before, merged


def theirs(folder: Path, method: str) -> tuple[float, int, dict]:
    import timm
    from fusion_bench.method import TaskArithmeticAlgorithm, TiesMergingAlgorithm

    before = peak()
    models = {}
    for name in ("base", *map(str, range(NUM_MODELS))):
        model = timm.create_model(MODEL, num_classes=0)
        model.load_state_dict(load_file(folder / f"{name}.safetensors"))
        models["_pretrained_" if name == "base" else name] = model
    algorithm = (
        TiesMergingAlgorithm(
            scaling_factor=SCALE, threshold=100 * DENSITY, remove_keys=[], merge_func="mean"
        )
        if method == "ties"
        else TaskArithmeticAlgorithm(scaling_factor=SCALE)
    )
    begin = time.perf_counter()
    merged = algorithm.run(models)
    return time.perf_counter() - begin, peak() - before, merged.state_dict()


def peak() -> int:
    """Bytes that this process has had at most; `getrusage` would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def child(who: str, method: str, folder: Path) -> None:
    """One measurement in a process of its own."""
    seconds, memory, merged = {"ours": ours, "theirs": theirs}[who](folder, method)
    save_file({k: v.contiguous() for k, v in merged.items()}, folder / f"{who}.safetensors")
    print(json.dumps({"seconds": seconds, "bytes": memory}))


def measured(who: str, method: str, folder: Path) -> dict[str, float]:
    """The best time and the smallest peak of some runs."""
    command = [sys.executable, __file__, who, method, str(folder)]
    runs = []
    for _ in range(REPEATS):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: min(run[key] for run in runs) for key in runs[0]}


def compare(method: str, folder: Path) -> bool:
    """Print both and their ratios; whether all that is promised holds."""
    results = {who: measured(who, method, folder) for who in ("ours", "theirs")}
    merged = {who: load_file(folder / f"{who}.safetensors") for who in results}
    difference = max(
        float((merged["ours"][key] - merged["theirs"][key]).abs().max()) for key in merged["ours"]
    )
    print(method)
    for who, result in results.items():
        print(f"  {who:7} {result['seconds']:7.2f} s   peak {result['bytes'] / 1e9:5.2f} GB")
    seconds, memory = (results["ours"][k] / results["theirs"][k] for k in ("seconds", "bytes"))
    print(f"  ratio {seconds:9.2f}     {memory:10.2f}      largest difference {difference:.1e}")
    return seconds <= LARGEST_TIME and memory <= LARGEST_MEMORY and difference <= LARGEST_DIFFERENCE


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            make_models(Path(scratch))
            results = [compare(method, Path(scratch)) for method in METHODS]
        sys.exit(not all(results))
