"""The command `polytask`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.lineage import command as lineage

DEMO_MODEL = Path("results/downstream/sak/all/model.safetensors")


def parser() -> argparse.ArgumentParser:
    """The arguments of every subcommand; each says in `run` what it does."""
    main_parser = argparse.ArgumentParser(
        prog="polytask", description="One model for many dense-prediction tasks."
    )
    commands = main_parser.add_subparsers(dest="command", required=True)
    _add_predict(commands)
    lineage.add_parser(commands)
    return main_parser


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; a UserError is one line and exit status 2."""
    arguments = parser().parse_args(words)
    try:
        return arguments.run(arguments)
    except UserError as error:
        print(f"polytask: {error}", file=sys.stderr)
        return 2


def _add_predict(commands: Any) -> None:
    predict = commands.add_parser("predict", help="all tasks of a trained model on your photos")
    predict.set_defaults(run=_run_predict)
    predict.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    predict.add_argument("--out", type=Path, required=True, help="folder for the results")
    predict.add_argument(
        "--model", type=Path, default=DEMO_MODEL, help=f"default: the demo's, {DEMO_MODEL}"
    )
    predict.add_argument(
        "--size", type=int, help="shorter side in pixels that the model sees (default: as trained)"
    )
    predict.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))


def _run_predict(arguments: argparse.Namespace) -> int:
    from polytask.predict import predict  # late: `polytask --help` needs no torch

    panels = predict(
        arguments.photos,
        arguments.out,
        arguments.model,
        size=arguments.size,
        device=arguments.device,
    )
    print(*panels, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
