"""`polytask predict`: all tasks of a trained model on your photos."""

import argparse
from pathlib import Path

DEMO_MODEL = Path("results/downstream/sak/all/model.safetensors")


def add_parser(commands: argparse._SubParsersAction) -> None:
    predict = commands.add_parser("predict", help="all tasks of a trained model on your photos")
    predict.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    predict.add_argument("--out", type=Path, required=True, help="folder for the results")
    predict.add_argument(
        "--model", type=Path, default=DEMO_MODEL,
        help=f"a file, or a folder of results/argus (default: the demo's, {DEMO_MODEL})",
    )  # fmt: skip
    predict.add_argument(
        "--size", type=int, help="shorter side in pixels that the model sees (default: as trained)"
    )
    predict.add_argument(
        "--tasks", type=lambda text: text.split(","), metavar="TASK,TASK", help="default: all"
    )
    predict.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    predict.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Predict, and print where each photo's panel lies."""
    from polytask.predict import predict  # late: `polytask --help` needs no torch

    panels = predict(
        arguments.photos,
        arguments.out,
        arguments.model,
        size=arguments.size,
        device=arguments.device,
        tasks=arguments.tasks,
    )
    print(*panels, sep="\n")
    return 0
