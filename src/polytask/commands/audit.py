"""`polytask audit`: does everything behind a number still hold?"""

import argparse
import json

from polytask.lineage.audit import audit, targets_of
from polytask.lineage.verdicts import as_json, lines
from polytask.pipeline.provenance import LOCK, REPOSITORY


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "audit",
        help="read again all that numbers were made from, and say what does not hold",
        description="Exit status: 0 all verified, 1 something does not hold, 2 a mistake in words.",
    )
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET",
        help="files that rules made (default: every table and metrics file under results/)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit the targets and print the verdicts; 1 when anything does not hold."""
    result = audit(targets_of(arguments.targets), repository=REPOSITORY, lock=LOCK)
    if arguments.json:
        print(json.dumps(as_json(result), indent=1))
    else:
        print(*lines(result), sep="\n")
    return 1 if result.findings else 0
