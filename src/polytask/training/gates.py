"""What routers choose while they train: mean gates among an objective's parts, and in a file.

Shapes: B images, L levels, K experts.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from torch import Tensor

GATE = "gate"
COLUMNS = ("step", "task", "level", "expert", "weight")


def mean_gates(
    gates: Mapping[str, Tensor], levels: Sequence[int], experts: Sequence[str]
) -> dict[str, Tensor]:
    """Each task's gates (B,L,K) averaged over images, as `gate/TASK/LEVEL/EXPERT` without graph."""
    return {
        f"{GATE}/{task}/{level}/{expert}": weight
        for task, gates_BLK in gates.items()
        for level, mean_K in zip(levels, gates_BLK.detach().mean(dim=0).unbind(), strict=True)
        for expert, weight in zip(experts, mean_K.unbind(), strict=True)
    }


class GateWriter:
    """Appends the gates among logged values to `path`, if there is one; passes all else to `also`.

    A row per task, level and expert: the mean since the last logged step, over all images, of the
    gate that evaluation would mix by. The noise of training is left out of it. Without gates there
    is a header alone.
    """

    def __init__(self, path: Path | None, also: Callable[[int, dict[str, float]], None]) -> None:
        self.path, self.also = path, also
        if path is not None:
            path.write_text(",".join(COLUMNS) + "\n")

    def __call__(self, step: int, values: dict[str, float]) -> None:
        gates = {key: value for key, value in values.items() if key.startswith(f"{GATE}/")}
        if self.path is not None:
            with self.path.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(
                    [step, *key.split("/")[1:], f"{weight:.6g}"] for key, weight in gates.items()
                )
        self.also(step, {key: value for key, value in values.items() if key not in gates})
