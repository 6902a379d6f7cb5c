"""What GPUs can do at most, as their makers publish it."""

from collections.abc import Mapping
from dataclasses import dataclass

from polytask.errors import UserError, advice


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """A GPU: memory in bytes, and peak FLOP/s per arithmetic, dense matrices.

    Sparse peaks, twice as high, are not what training gets.
    """

    name: str
    memory: float
    peaks: Mapping[str, float]


_H100 = {"bf16": 989.4e12, "fp16": 989.4e12, "tf32": 494.7e12}
GPUS = {
    gpu.name: gpu
    for gpu in (
        # NVIDIA H100 white paper (SXM); the H200 differs in its memory alone
        Gpu(name="H100", memory=80e9, peaks=_H100),
        Gpu(name="H200", memory=141e9, peaks=_H100),
        # NVIDIA A100 data sheet (80 GB)
        Gpu(name="A100", memory=80e9, peaks={"bf16": 312e12, "fp16": 312e12, "tf32": 156e12}),
        # NVIDIA V100 data sheet (SXM2, 32 GB): neither bf16 nor TF32
        Gpu(name="V100", memory=32e9, peaks={"fp16": 125e12, "fp32": 15.7e12}),
        # NVIDIA Ada white paper, appendix A (sums in fp32)
        Gpu(
            name="RTX4090",
            memory=24e9,
            peaks={"bf16": 165.2e12, "fp16": 165.2e12, "tf32": 82.6e12},
        ),
    )
}
CPU = "cpu"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a run is priced for: `count` devices with this peak, of which `utilisation` is had.

    `memory` of each in bytes, None where it is not known.
    """

    name: str
    count: int
    arithmetic: str
    peak: float
    utilisation: float
    memory: float | None = None

    @property
    def speed(self) -> float:
        """FLOP/s of one device that a run can count on."""
        return self.peak * self.utilisation

    def hours(self, flops: float) -> float:
        """The hours that one device works for `flops`."""
        return flops / self.speed / 3600


def arithmetic_of(gpu: Gpu, precision: str) -> str:
    """What `runtime.precision` means on a GPU: matrices of fp32 are multiplied in TF32.

    `auto` is bf16 where the GPU has it (training.runtime.start). Raises UserError where no peak
    is published.
    """
    wanted = {"auto": ("bf16", "fp32"), "fp32": ("tf32", "fp32")}.get(precision, (precision,))
    for each in wanted:
        if each in gpu.peaks:
            return each
    known = ", ".join(gpu.peaks)
    raise UserError(
        f"runtime.precision: {precision}: {gpu.name} has {known} only; choose another --gpu"
    )


def gpu_named(name: str) -> Gpu:
    """The GPU of the table; UserError for another."""
    by_name = {known.lower(): gpu for known, gpu in GPUS.items()}
    found = by_name.get(name.lower().replace(" ", "").replace("_", ""))
    if found is None:
        raise UserError(f"--gpu {name}: not in the table; {advice(name, [*GPUS, CPU])}")
    return found
