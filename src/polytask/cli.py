"""The command `polytask`."""

import argparse
import sys
from collections.abc import Sequence

from polytask.commands import (
    audit,
    crate,
    data,
    demo,
    export,
    import_encoder,
    import_sak,
    lineage,
    merge,
    plan,
    predict,
    status,
)
from polytask.errors import UserError

COMMANDS = (
    predict,
    demo,
    plan,
    status,
    lineage,
    audit,
    crate,
    merge,
    data,
    import_sak,
    import_encoder,
    export,
)


def parser() -> argparse.ArgumentParser:
    """The arguments of every subcommand."""
    main_parser = argparse.ArgumentParser(
        prog="polytask", description="One model for many dense-prediction tasks."
    )
    commands = main_parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return main_parser


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; a UserError is one line and exit status 2."""
    arguments = parser().parse_args(words)
    try:
        return arguments.run(arguments)
    except UserError as error:
        print(f"polytask: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
