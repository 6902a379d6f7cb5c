"""`polytask import-encoder`: the released RADIO or Theia as a teacher or an encoder under heads."""

import argparse
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "import-encoder",
        help="read the released weights of RADIO or Theia",
        description="Writes weights under timm's names, and an overlay of params.yaml with their "
        "entry in `teachers`; where the files are to be had is in docs/official-weights.md.",
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help=".safetensors or .pth")
    parser.add_argument("--out", type=Path, required=True, help="folder for the encoder")
    parser.add_argument("--name", help="the entry in `teachers` (default: the folder's name)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, and print where the overlay lies."""
    from polytask.official.importing_encoder import import_encoder  # late: --help needs no torch

    print(import_encoder(arguments.checkpoint, arguments.out, name=arguments.name))
    return 0
