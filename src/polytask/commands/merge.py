"""`polytask merge`: several fine-tuned models into one."""

import argparse
from pathlib import Path

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
        "--deep-scale", type=float,
        help="alpha of the last block, growing from --scale (default: LiNeS' choice of it)",
    )  # fmt: skip
    for name, (kind, help_text) in OPTIONS.items():
        parser.add_argument(f"--{name}", type=kind, help=help_text)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge, and print where the model lies."""
    from polytask.merge import merge_files  # late: `polytask --help` needs no torch
    from polytask.merging.methods import bound

    given = {name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None}
    method = bound(arguments.method, given, arguments.scale, arguments.deep_scale)
    scales = {"scale": arguments.scale, "deep_scale": arguments.deep_scale}
    description = {"method": arguments.method, **given}
    description |= {name: value for name, value in scales.items() if value is not None}
    print(merge_files(arguments.models, arguments.base, arguments.out, method, description))
    return 0
