"""The command `polytask`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from polytask.errors import UserError

DEMO_MODEL = Path("results/downstream/sak/all/model.safetensors")


def parser() -> argparse.ArgumentParser:
    """The arguments of every subcommand."""
    main_parser = argparse.ArgumentParser(
        prog="polytask", description="One model for many dense-prediction tasks."
    )
    commands = main_parser.add_subparsers(dest="command", required=True)
    predict = commands.add_parser("predict", help="all tasks of a trained model on your photos")
    predict.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    predict.add_argument("--out", type=Path, required=True, help="folder for the results")
    predict.add_argument(
        "--model", type=Path, default=DEMO_MODEL, help=f"default: the demo's, {DEMO_MODEL}"
    )
    predict.add_argument(
        "--size", type=int, help="shorter side in pixels that the model sees (default: as trained)"
    )
    predict.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    return main_parser


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; a UserError is one line and exit status 2."""
    arguments = parser().parse_args(words)
    try:
        from polytask.predict import predict  # late: `polytask --help` needs no torch

        panels = predict(
            arguments.photos,
            arguments.out,
            arguments.model,
            size=arguments.size,
            device=arguments.device,
        )
    except UserError as error:
        print(f"polytask: {error}", file=sys.stderr)
        return 2
    print(*panels, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
