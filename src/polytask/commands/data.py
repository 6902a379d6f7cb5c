"""`polytask data`: is a copy of a data set on disk what was published? And making copies of it."""

import argparse
import json
from pathlib import Path

from polytask.commands import cityscapes_npy, fetch
from polytask.data.benchmarks import BENCHMARKS, Benchmark
from polytask.errors import UserError, advice


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("data", help="check a copy of a data set on disk, or make one")
    actions = parser.add_subparsers(dest="action", required=True)
    check = actions.add_parser(
        "check",
        help="read every file of a copy and say what is wrong, file by file",
        description="Nothing is written or deleted. Exit status: 0 nothing is wrong, 1 something "
        "is, 2 a mistake in words or no such data set there.",
    )
    check.add_argument("name", metavar="NAME", help=", ".join(BENCHMARKS))
    check.add_argument(
        "path", metavar="PATH", type=Path,
        help="its folder, an uncompressed tar of it, or the archive as downloaded",
    )  # fmt: skip
    check.add_argument("--json", action="store_true", help="print the report as JSON")
    check.set_defaults(run=run)
    cityscapes_npy.add_parser(actions)
    fetch.add_parser(actions)


def run(arguments: argparse.Namespace) -> int:
    """Check and print the report; 1 when anything is wrong."""
    from polytask.data.checking.archive import is_archive  # late: `polytask --help` needs no numpy

    if arguments.name not in BENCHMARKS:
        known = advice(arguments.name, BENCHMARKS)
        raise UserError(f"unknown data set {arguments.name!r}; {known}")
    benchmark = BENCHMARKS[arguments.name]
    check = _check_archive if is_archive(benchmark, arguments.path) else _check_copy
    return check(benchmark, arguments.path, arguments.json)


def _check_copy(benchmark: Benchmark, path: Path, as_json: bool) -> int:
    from polytask.data.checking.lines import as_data, lines
    from polytask.data.checking.whole import check_copy

    report = check_copy(benchmark, path)
    if as_json:
        print(json.dumps(as_data(report), indent=1))
    else:
        print(*lines(report), sep="\n")
    return 1 if report.findings else 0


def _check_archive(benchmark: Benchmark, path: Path, as_json: bool) -> int:
    from polytask.data.checking.archive import check_archive, compared, published_archive
    from polytask.data.checking.lines import conclusion

    archive = published_archive(benchmark, path)
    if archive is None:
        known = [name for name, a in benchmark.archives.items() if a.num_bytes or a.checksum]
        others = f" of this name, but of {', '.join(known)}" if known else ""
        raise UserError(f"{path}: no checksum is published{others}; unpack it and check the folder")
    findings = check_archive(archive, path)
    if as_json:
        print(json.dumps({"root": str(path), "findings": [vars(f) for f in findings]}, indent=1))
    else:
        print(f"{path}: compared by its {compared(archive)}")
        print(*findings, conclusion(len(findings)), sep="\n")
    return 1 if findings else 0
