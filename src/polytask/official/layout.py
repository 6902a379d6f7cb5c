"""The layout of SAK's official checkpoints, and the configuration that one of them belongs to.

Stage 1 is a bare backbone (`vit.`, `tsap.`, `out_norms.`, `ts_aligners.`); stage 2 the same under
`backbone.`, with the routers in `backbone.mor.` and the decoders in `heads.`.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from polytask.class_names import names_by_number
from polytask.errors import UserError, advice
from polytask.models.files import MODEL_FORMAT, STUDENT_FORMAT
from polytask.models.sak import StudentConfig
from polytask.official.checkpoint import Checkpoint
from polytask.tasks import TASKS, num_outputs

BACKBONE = "backbone."
ROUTERS = "backbone.mor."
HEADS = "heads."
PATCH = 16
RELEASED_TEACHERS = ("dinov2", "clip", "sam")
RELEASED_IMAGES = {28 * 36: (448, 576)}
"""Images that are not square, by their number of patches: NYUD-v2's."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What the tensors do not say of a ViT: timm's name, attention heads, and the levels."""

    model: str
    dim: int
    depth: int
    num_heads: int
    levels: tuple[int, ...]


SIZES = {
    "ViT-S": Size(
        model="vit_small_patch16_384.augreg_in21k_ft_in1k", dim=384, depth=12, num_heads=6,
        levels=(2, 5, 8, 11),
    ),
    "ViT-B": Size(
        model="vit_base_patch16_384.augreg_in21k_ft_in1k", dim=768, depth=12, num_heads=12,
        levels=(2, 5, 8, 11),
    ),
    "ViT-L": Size(
        model="vit_large_patch16_384.augreg_in21k_ft_in1k", dim=1024, depth=24, num_heads=16,
        levels=(5, 11, 17, 23),
    ),
}  # fmt: skip


def official_name(key: str) -> str:
    """Return what the official code calls a tensor of a Student or a MultiTaskModel."""
    for ours in ("student.", "fusion."):
        if key.startswith(ours):
            return BACKBONE + key.removeprefix(ours)
    return key


def describe(
    checkpoint: Checkpoint, image_size: tuple[int, int] | None, teachers: Sequence[str] | None
) -> dict[str, Any]:
    """Return the configuration of the model file that a checkpoint becomes.

    `image_size` (H, W) and `teachers`, in expert order, are what the file may leave open. Raises
    UserError where it leaves them open, and for what is not SAK of a size in SIZES.
    """
    prefix = BACKBONE if _begins(checkpoint, BACKBONE) else ""
    size = size_of(checkpoint, prefix)
    names = teachers_of(checkpoint, prefix, teachers)
    dims, aligners = _aligned(checkpoint, prefix, size, names)
    student = StudentConfig(
        model=size.model,
        model_args={
            "patch_size": PATCH, "embed_dim": size.dim, "depth": size.depth,
            "num_heads": size.num_heads,
        },
        image_size=image_size_of(checkpoint, prefix, image_size),
        levels=size.levels,
        reduction=max(1, size.dim // _length(checkpoint, f"{prefix}tsap.{names[0]}.0.down.weight")),
        aligners=aligners,
    )  # fmt: skip
    backbone = {"student": asdict(student), "teacher_dims": dims}
    if not prefix:
        return {"format": STUDENT_FORMAT, **backbone}
    fusion, tasks = "mixture" if _begins(checkpoint, ROUTERS) else "sum", tasks_of(checkpoint)
    return {
        "format": MODEL_FORMAT, **backbone, "fusion": fusion, "head": "conv",
        "tasks": tasks, "classes": names_by_number(tasks.get("semseg", 0)),
    }  # fmt: skip


def size_of(checkpoint: Checkpoint, prefix: str) -> Size:
    """Return which ViT the stem is, by its width."""
    key = f"{prefix}vit.patch_embed.proj.weight"
    dim = _length(checkpoint, key)
    for size in SIZES.values():
        if size.dim == dim:
            return size
    known = ", ".join(f"{size.dim} ({name})" for name, size in SIZES.items())
    raise UserError(f"{checkpoint.path}: {key} is {dim} wide, not {known}")


def image_size_of(
    checkpoint: Checkpoint, prefix: str, given: tuple[int, int] | None
) -> tuple[int, int]:
    """Return (H, W) of the position embedding: as given, NYUD-v2's, or else a square."""
    key = f"{prefix}vit.pos_embed"
    patches = _length(checkpoint, key, axis=1) - 1
    if given is not None:
        rows, columns = given[0] // PATCH, given[1] // PATCH
        if min(given) < PATCH or any(side % PATCH for side in given) or rows * columns != patches:
            raise UserError(
                f"--image-size {given[0]} {given[1]}: {key} has {patches} patches of {PATCH} x "
                f"{PATCH} pixels, this size has not; give the size that the model was trained at"
            )
        return given
    side = math.isqrt(max(patches, 0))
    if patches in RELEASED_IMAGES:
        return RELEASED_IMAGES[patches]
    if side == 0 or side * side != patches:
        raise UserError(
            f"{checkpoint.path}: {key} has {patches} patches, not those of a square image; "
            "give --image-size HEIGHT WIDTH"
        )
    return side * PATCH, side * PATCH


def teachers_of(checkpoint: Checkpoint, prefix: str, given: Sequence[str] | None) -> list[str]:
    """Return the teachers in the order in which the routers count them."""
    found = _parts(checkpoint, f"{prefix}tsap.")
    if given is not None:
        order = given
    elif checkpoint.ordered:
        order = found
    elif set(found) == set(RELEASED_TEACHERS):
        order = RELEASED_TEACHERS
    else:
        raise UserError(
            f"{checkpoint.path}: safetensors do not keep the order of the teachers "
            f"{', '.join(found)}; give --teachers in the order of the training's configuration"
        )
    if sorted(order) != sorted(found):
        raise UserError(f"--teachers {','.join(order)}: {checkpoint.path} has {','.join(found)}")
    return list(order)


def tasks_of(checkpoint: Checkpoint) -> dict[str, int]:
    """Return the number of outputs of every task's head."""
    tasks = {}
    for task in _parts(checkpoint, HEADS):
        key = f"{HEADS}{task}.last_conv.weight"
        if task not in TASKS:
            raise UserError(f"{checkpoint.path}: {key} is of no known task; {advice(task, TASKS)}")
        outputs = _length(checkpoint, key)
        if outputs != num_outputs(task, outputs):
            wanted = TASKS[task].num_channels
            raise UserError(f"{checkpoint.path}: {key} has {outputs} outputs; {task} has {wanted}")
        tasks[task] = outputs
    return tasks


def _aligned(
    checkpoint: Checkpoint, prefix: str, size: Size, teachers: Sequence[str]
) -> tuple[dict[str, int], str]:
    """Return the widths of the aligned paths, and which paths have an aligner.

    Without aligners a path keeps the stem's width; the official test.py drops them.
    """
    aligners = f"{prefix}ts_aligners."
    if not _begins(checkpoint, aligners):
        return dict.fromkeys(teachers, size.dim), "auto"
    dims = {
        teacher: _length(checkpoint, f"{aligners}{size.levels[0]}_{teacher}.weight")
        for teacher in teachers
    }
    return dims, "always" if size.dim in dims.values() else "auto"


def _begins(checkpoint: Checkpoint, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in checkpoint.tensors)


def _length(checkpoint: Checkpoint, key: str, axis: int = 0) -> int:
    """Return a side of a tensor; raises UserError where there is none."""
    if key not in checkpoint.tensors:
        raise UserError(
            f"{checkpoint.path}: no whole checkpoint of SAK: {key} is missing; its first tensor "
            f"is {next(iter(checkpoint.tensors))}"
        )
    shape = tuple(checkpoint.tensors[key].shape)
    if len(shape) <= axis or shape[axis] == 0:
        raise UserError(f"{checkpoint.path}: no whole checkpoint of SAK: {key} is {shape}")
    return shape[axis]


def _parts(checkpoint: Checkpoint, prefix: str) -> list[str]:
    """Return the names after a prefix, in file order; raises UserError where there is none."""
    after = (key.removeprefix(prefix) for key in checkpoint.tensors if key.startswith(prefix))
    if names := list(dict.fromkeys(rest.partition(".")[0] for rest in after)):
        return names
    raise UserError(f"{checkpoint.path}: no whole checkpoint of SAK: {prefix}* is missing")
