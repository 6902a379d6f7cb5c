"""Rule `norms`: how long the tokens of a student and of its teachers are (SAK, Figure 6)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from polytask.beside_teachers import held_out, side_by_side
from polytask.metrics.token_norms import TokenNorms
from polytask.models.files import load_student
from polytask.models.inputs import model_images
from polytask.models.sak import Student
from polytask.pipeline.rule import run_rule
from polytask.teachers.committee import open_teachers
from polytask.teachers.encoder import TeacherConfig
from polytask.teachers.targets import OnlineTargets
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Levels = dict[int, TokenNorms]


@dataclass(frozen=True, kw_only=True)
class NormsConfig:
    """A student's own teachers, and `num_images` of the corpus's val part at `image_size`."""

    seed: int
    runtime: RuntimeConfig
    teachers: dict[str, TeacherConfig]
    image_size: tuple[int, int]
    num_images: int


def paths_before_norm(student: Student, images_B3HW: Tensor) -> dict[str, list[Tensor]]:
    """R_l (B,D,h,w) of every path at the chosen levels, as Eq. (2) gives them (SAK, Eq. (2))."""
    stem = student.encode(images_B3HW)
    return {
        name: [stem.to_map(path[level + 1]) for level in student.levels]
        for name, path in ((t, student.tsap[t](stem.tokens)) for t in student.path_teachers)
    }


def add(
    found: dict[str, Levels], maps: Mapping[str, list[Tensor]], levels: Mapping[str, Sequence[int]]
) -> None:
    """Add the maps of a batch, whose `levels` are blocks of the network that they come from."""
    for name, of_each in maps.items():
        norms = found.setdefault(name, {level: TokenNorms() for level in levels[name]})
        for level, features in zip(levels[name], of_each, strict=True):
            norms[level].update(features)


def computed(found: Mapping[str, Mapping[str, Levels]]) -> dict[str, dict[str, dict]]:
    """The means and deviations of all kinds of maps, by name and level."""
    return {
        kind: {
            name: {level: norms.compute() for level, norms in levels.items()}
            for name, levels in maps.items()
        }
        for kind, maps in found.items()
    }


def norms(
    corpus: Path, student: Path, weights: list[Path], norms: Path, *, config: NormsConfig
) -> None:
    """The stem raw and the paths behind their norms are what routers mix; teachers are raw."""
    del weights  # where the teachers' own configurations say they are
    runtime = start(config.runtime, config.seed)
    network = load_student(student)[0].to(runtime.device)
    teachers = open_teachers(config.teachers, runtime.device, runtime.autocast_dtype)
    batches = held_out(corpus, config.image_size, config.num_images)
    own = dict.fromkeys(["stem", *network.path_teachers], network.levels)
    theirs = {name: teacher.levels for name, teacher in teachers.items()}
    found: dict[str, dict[str, Levels]] = {
        kind: {} for kind in ("stem", "paths", "paths_before_norm", "teachers")
    }
    for said, targets in side_by_side(network, OnlineTargets(teachers), batches, runtime):
        add(found["stem"], {"stem": said.stem}, own)
        add(found["paths"], said.experts, own)
        add(found["teachers"], targets, theirs)
    for batch in map(runtime.send, batches):
        with torch.inference_mode(), runtime.autocast():
            raw = paths_before_norm(network, model_images(batch["image"]))
        add(found["paths_before_norm"], raw, own)
    norms.write_text(json.dumps(computed(found), indent=2) + "\n")


if __name__ == "__main__":
    run_rule(norms, snakemake)
