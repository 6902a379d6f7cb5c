"""`polytask data cityscapes-npy`: the small copy of Cityscapes that SIMO's Table 2 is about."""

import argparse
from pathlib import Path

from polytask.errors import UserError


def add_parser(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "cityscapes-npy",
        help="make SIMO's 128 x 256 copy of the official Cityscapes release",
        description="Reads images, labels, parts and disparities of train and val, and writes "
        "about 2 GB. What is known of SIMO's own copy is in data/README.md.",
    )
    parser.add_argument("source", metavar="SRC", type=Path, help="folder of the official release")
    parser.add_argument("target", metavar="DST", type=Path, help="folder to make; must not exist")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the copy, whole or not at all, and print where it lies."""
    from polytask.data.cityscapes.shrink import shrink  # late: `polytask --help` needs no numpy
    from polytask.data.layouts import open_layout
    from polytask.pipeline.atomic import written_together

    source, target = arguments.source, arguments.target.absolute()
    if target.exists() or target.is_symlink():
        raise UserError(f"{target}: exists already; name another folder, or remove it yourself")
    layout = open_layout("cityscapes", source)
    with written_together([target]) as places:
        count = shrink(layout, places[target])
    print(f"{target}: {count} images")
    return 0
