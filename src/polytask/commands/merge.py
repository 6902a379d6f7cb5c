"""`polytask merge`: several fine-tuned models into one."""

import argparse
import inspect
from pathlib import Path
from typing import Any

from polytask.errors import UserError

METHODS = ("task_arithmetic", "ties", "dare", "breadcrumbs", "consensus", "tall_mask")
OPTIONS = {
    "density": (float, "ties: share of each task vector's entries that is kept (0.2)"),
    "trim": (str, "ties: `global` (default), or `per_tensor`"),
    "total": (str, "ties: `mean` (default) or `sum` of the entries that agree"),
    "drop": (float, "dare: share of entries that is dropped at random (0.5)"),
    "seed": (int, "dare: of that randomness (0)"),
    "smallest": (float, "breadcrumbs: share of small entries left out (0.85)"),
    "largest": (float, "breadcrumbs: share of large entries left out (0.01)"),
    "threshold": (float, "consensus, tall_mask: lambda of the masks (0.4)"),
    "agreeing": (int, "consensus: how many tasks must need an entry (2)"),
    "task": (int, "tall_mask: whose encoder, by its place in the list, from 0"),
}


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "merge",
        help="merge models that were fine-tuned from the same weights",
        description="Models of this project keep every task's head; of any other safetensors "
        "files, such as timm's, all tensors are merged. Integers and keys that differ are refused.",
    )
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="a file or folder")
    parser.add_argument("--base", type=Path, required=True, help="what all were fine-tuned from")
    parser.add_argument("--out", type=Path, required=True, help="folder for the merged model")
    parser.add_argument("--method", choices=METHODS, default=METHODS[0])
    parser.add_argument("--scale", type=float, help="alpha, the factor of the merged vector")
    parser.add_argument(
        "--deep-scale", type=float, help="alpha of the last block, growing from --scale (LiNeS)"
    )
    for name, (kind, help_text) in OPTIONS.items():
        parser.add_argument(f"--{name}", type=kind, help=help_text)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge, and print where the model lies."""
    from polytask.merge import merge_files  # late: `polytask --help` needs no torch

    options = {
        name: value
        for name in ("scale", "deep_scale", *OPTIONS)
        if (value := getattr(arguments, name)) is not None
    }
    method = _method(arguments.method, options)
    description = {"method": arguments.method, **options}
    print(merge_files(arguments.models, arguments.base, arguments.out, method, description))
    return 0


def _method(name: str, options: dict[str, Any]) -> Any:
    """The method with its options bound; raises UserError for one that it does not have."""
    from polytask.merging import breadcrumbs, dare, tall_masks, task_arithmetic, ties
    from polytask.merging.layer_scaling import linear_in_depth

    function = {
        "task_arithmetic": task_arithmetic.task_arithmetic,
        "ties": ties.ties,
        "dare": dare.dare,
        "breadcrumbs": breadcrumbs.breadcrumbs,
        "consensus": tall_masks.consensus,
        "tall_mask": tall_masks.tall_mask_model,
    }[name]
    known = inspect.signature(function).parameters
    bound = {key: value for key, value in options.items() if key != "deep_scale"}
    if unknown := [key for key in bound if key not in known]:
        raise UserError(f"--{unknown[0]}: {name} has no such option")
    if name == "tall_mask" and "task" not in bound:
        raise UserError("--task: tall_mask makes the encoder of one task; say which, from 0")
    deep = options.get("deep_scale")
    if deep is None:
        return lambda base, models: function(base, models, **bound)
    if "scale" not in bound:
        raise UserError("--deep-scale: needs --scale too, the alpha of the first block")
    shallow = bound.pop("scale")
    return lambda base, models: function(
        base, models, scale=linear_in_depth(base, shallow, deep), **bound
    )
