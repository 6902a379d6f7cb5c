"""`polytask data fetch`: bring a data set here, as the rule of the same name does."""

import argparse
import os
from pathlib import Path

from polytask.data.fetching.sources import SOURCES
from polytask.disk import is_full
from polytask.errors import UserError, advice


def add_parser(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "fetch",
        help="download a data set, or check and unpack archives that need a login",
        description="Archives lie in the folder `downloads` beside PATH, and stay. An interrupted "
        "download goes on; nothing that is there is replaced.",
    )
    parser.add_argument("name", metavar="NAME", help=", ".join(SOURCES))
    parser.add_argument(
        "path", metavar="PATH", type=Path, nargs="?",
        help="where it is to lie (default: as the presets say, data/NYUDv2 for nyud)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fetch and say what to do next."""
    from polytask.data.fetching.fetch import fetch  # late: `polytask --help` needs no numpy
    from polytask.pipeline.atomic import written_together

    name = arguments.name
    if name not in SOURCES:
        raise UserError(f"unknown data set {name!r}; {advice(name, SOURCES)}")
    root = arguments.path or Path("data", SOURCES[name].folder)
    if os.path.lexists(root):
        raise UserError(f"{root}: is there already; to see what is in it: polytask data check")
    try:
        with written_together([root]) as places:
            fetch(SOURCES[name], root, places[root])
    except OSError as error:
        if not is_full(error):
            raise
        raise UserError(f"{root}: the disk is full; make room and run it again") from None
    print(f"{root} is there; read it through: polytask data check {name} {root}")
    return 0
