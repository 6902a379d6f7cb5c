"""`polytask export`: a trained model as a folder in the style of the Hugging Face Hub."""

import argparse
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "export",
        help="write a trained model as a folder to share",
        description="Weights, config.json and a model card with lineage, numbers and licences. "
        "`polytask predict` and `polytask merge` take the folder as they take a model file.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="model.safetensors or its folder")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to make")
    parser.add_argument(
        "--onnx", action="store_true",
        help="add model.onnx, once ONNX Runtime was seen to give the same maps of a photo",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and print where the folder lies."""
    from polytask.export.folder import export_model  # late: `polytask --help` needs no torch

    print(export_model(arguments.model, arguments.out, onnx=arguments.onnx))
    return 0
