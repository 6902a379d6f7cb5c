"""`polytask demo`: a local page with all tasks of a photo, and the routers' weights by hand."""

import argparse
from pathlib import Path

from polytask.commands.predict import DEMO_MODEL
from polytask.errors import UserError


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "demo",
        help="a local page: all tasks on your photo, the routers' weights by hand",
        description="Serves a page on this computer alone: drop a photo, see every task, move the "
        "weights of stem and teachers. Works without a network.",
    )
    parser.add_argument(
        "model", nargs="?", type=Path, default=DEMO_MODEL, metavar="MODEL",
        help=f"a file or folder as `polytask predict --model` takes (default: {DEMO_MODEL})",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=7860, help="0: a free one (default: 7860)")
    parser.add_argument("--host", default="127.0.0.1", help="default: this computer alone")
    parser.add_argument("--images", type=Path, metavar="DIR", help="photos to begin with")
    parser.add_argument("--no-browser", action="store_true", help="open no browser window")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    if arguments.model == DEMO_MODEL and not DEMO_MODEL.is_file():
        raise UserError(f"{DEMO_MODEL} is not there: run `make demo` first, or name a model")
    from polytask.demo.server import serve  # late: `polytask --help` needs no torch

    serve(
        arguments.model,
        host=arguments.host,
        port=arguments.port,
        images=arguments.images,
        open_browser=not arguments.no_browser,
    )
    return 0
