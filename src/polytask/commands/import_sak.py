"""`polytask import-sak`: a checkpoint of SAK's official code as a model of this project."""

import argparse
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "import-sak",
        help="read a checkpoint of the official SAK release",
        description="Stage 1 becomes a student, stage 2 a model for `polytask predict`; the key "
        "map is in docs/official-weights.md. A .pth file is never unpickled.",
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help=".pth or .safetensors")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument(
        "--image-size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"),
        help="what it was trained at (default: NYUD-v2's 448 576, or else a square)",
    )  # fmt: skip
    parser.add_argument(
        "--teachers", type=lambda names: names.split(","), metavar="NAME,NAME,...",
        help="in the order of the training's configuration (default: the file's)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, and print where the model lies."""
    from polytask.official.importing import import_sak  # late: `polytask --help` needs no torch

    size = arguments.image_size and tuple(arguments.image_size)
    out, teachers = arguments.out, arguments.teachers
    print(import_sak(arguments.checkpoint, out, image_size=size, teachers=teachers))
    return 0
