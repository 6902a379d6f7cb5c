"""The command `polytask lineage`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.lineage import verdict
from polytask.lineage.compare import compare
from polytask.lineage.index import ID, find
from polytask.lineage.text import as_text
from polytask.lineage.tree import Tree, as_json, tree_of

EXAMPLES = """examples:
  polytask lineage results/tables/sak.csv --row SAK --column semseg
  polytask lineage results/evaluate/sak/metrics.json --key tasks.semseg.value
  polytask lineage results/downstream/sak/all/model.safetensors --html lineage.html
  polytask lineage --why-different results/tables/sak.csv:sak/depth /other/sak.csv:sak/depth
"""


def add_parser(commands: Any) -> None:
    """Add `lineage` to the subcommands of `polytask`."""
    parser = commands.add_parser(
        "lineage",
        help="where a number comes from, back to the raw data",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="FILE, FILE:SELECTOR, or a number's id or name"
    )
    parser.add_argument("--row", help="row of a table, by its first column or its title")
    parser.add_argument("--column", help="column of a table: its name or an end of it")
    parser.add_argument("--key", help="dotted key of a JSON file: tasks.semseg.value")
    parser.add_argument("--code", action="store_true", help="list the code files with their hashes")
    parser.add_argument("--params", action="store_true", help="list all parameters")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the tree")
    parser.add_argument(
        "--why-different",
        nargs=2,
        metavar=("A", "B"),
        help="the first places where the lineages of two numbers (as TARGET) part",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the answer; UserError for numbers that do not exist."""
    if bool(arguments.target) == bool(arguments.why_different):
        raise UserError("lineage: give one TARGET, or --why-different A B")
    if arguments.why_different:
        comparison = compare(*(tree_of(find(word)) for word in arguments.why_different))
        data = json.dumps(verdict.as_json(comparison), indent=1) + "\n"
        print(data if arguments.json else verdict.as_text(comparison), end="")
        return 0
    words = {key: getattr(arguments, key) for key in ("row", "column", "key")}
    number = find(arguments.target, **words)
    if ID.fullmatch(arguments.target) and number.id != arguments.target:
        made_again = f"what it stood for was made again and is now {number.id}"
        print(f"WARNING: {arguments.target}: {made_again}", file=sys.stderr)
    tree = tree_of(number)
    if arguments.html:
        _write_page(arguments.html, tree)
    elif arguments.json:
        print(json.dumps(as_json(tree), indent=1))
    else:
        print(as_text(tree, code=arguments.code, params=arguments.params), end="")
    return 0


def _write_page(path: Path, tree: Tree) -> None:
    from polytask.lineage.page import as_html  # late: only pages need jinja2

    try:
        path.write_text(as_html(tree), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    print(path)
