"""`polytask crate`: the whole run as a Workflow Run RO-Crate."""

import argparse
import subprocess
from pathlib import Path

from polytask.lineage.audit import targets_of
from polytask.lineage.crate.build import About
from polytask.lineage.crate.write import write_crate
from polytask.pipeline.provenance import REPOSITORY
from polytask.records.files import recorded_outputs

LICENSE = "https://spdx.org/licenses/MIT"


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "crate",
        help="write the run as a Workflow Run RO-Crate (Provenance Run Crate 0.5)",
        description="Small files come along; others are named by their hashes.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="only what these were made from (default: all)"
    )
    parser.add_argument("--name", default="A run of polytask", help="the title of the crate")
    parser.add_argument("--license", default=LICENSE, help=f"of the crate (default: {LICENSE})")
    parser.add_argument("--agent", help="who ran the jobs (default: git's user.name)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the crate and say what is in it."""
    agent = arguments.agent or _user_of_git()
    about = About(name=arguments.name, license=arguments.license, agent=agent)
    targets = targets_of(arguments.targets) if arguments.targets else recorded_outputs()
    crate = write_crate(arguments.out, targets, REPOSITORY, about)
    entities, copies = len(crate.graph.entities), len(crate.payload.copies)
    print(f"{arguments.out}: {entities} entities, {copies} files in the crate")
    return 0


def _user_of_git() -> str | None:
    command = ["git", "-C", str(REPOSITORY), "config", "user.name"]
    try:
        name = subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
    except OSError:
        return None
    return name or None
