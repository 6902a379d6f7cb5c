"""`polytask audit`: does everything behind a number still hold?"""

import argparse
import json

from polytask.lineage.audit import audit, concluded, targets_of
from polytask.lineage.chain import Chain
from polytask.lineage.verdicts import as_json, lines
from polytask.pipeline.provenance import LOCK, REPOSITORY
from polytask.pipeline.rederive import Rederived, rederive
from polytask.pipeline.rederive.jobs import EVALUATIONS


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
    parser.add_argument(
        "--rederive", action="store_true",
        help="also run the last evaluation again, in a scratch folder, and compare the numbers",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit the targets and print the verdicts; 1 when anything does not hold."""
    targets = targets_of(arguments.targets)
    result = audit(targets, repository=REPOSITORY, lock=LOCK)
    again = None
    if arguments.rederive:
        again = rederive(_evaluated(result.chain), REPOSITORY)
        result = concluded(result.chain, [*result.findings, *again.findings], result.reading)
    if arguments.json:
        told = as_json(result)
        if again is not None:
            told["rederived"] = {"jobs": again.num_jobs, "files": again.compared}
        print(json.dumps(told, indent=1))
    else:
        print(*lines(result), sep="\n")
        if again is not None:
            print(_words(again))
    return 1 if result.findings else 0


def _evaluated(chain: Chain) -> list[str]:
    """The targets that an evaluation made and whose records can be relied on."""
    made = [t for t in chain.targets if chain.records.get(t, {}).get("rule") in EVALUATIONS]
    return [target for target in made if not chain.behind(target) & chain.edited.keys()]


def _words(again: Rederived) -> str:
    wrong = {finding.subject for finding in again.findings}
    same = [file for file in again.compared if file not in wrong]
    return (
        f"evaluated again in {again.num_jobs} jobs: "
        f"{len(same)} of {len(same) + len(wrong)} files are the same, bit for bit"
    )
