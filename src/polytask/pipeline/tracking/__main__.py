"""Import the journals of all jobs into MLflow.

python -m polytask.pipeline.tracking sync      import once
python -m polytask.pipeline.tracking follow    import until standard input closes
"""

import os
import select
import sys
import time
from pathlib import Path

from polytask.pipeline.tracking.follower import FINISHED
from polytask.pipeline.tracking.importer import Importer
from polytask.pipeline.tracking.journal import FOLDER
from polytask.pipeline.tracking.store import MlflowStore, tracking_uri

POLL_SECONDS = 5.0
PATIENCE_SECONDS = 60.0  # between two tries of a store that failed


def follow(importer: Importer, commands: int, poll: float = POLL_SECONDS) -> int:
    """Import until `commands`, a file descriptor, closes; FINISHED means that no job runs now."""
    retry_at = 0.0
    while not select.select([commands], [], [], poll)[0]:
        if time.monotonic() >= retry_at and not _poll(importer, all_ended=False):
            retry_at = time.monotonic() + PATIENCE_SECONDS
    all_ended = os.read(commands, len(FINISHED)) == FINISHED
    return 0 if _poll(importer, all_ended=all_ended) else 1


def _poll(importer: Importer, *, all_ended: bool) -> bool:
    """Import what is new; whether the store took it."""
    try:
        importer.poll(all_ended=all_ended)
    except Exception as error:  # whatever a store may raise: journals stay, the next try may do it
        reason = (str(error) or type(error).__name__).splitlines()[0]
        print(f"{tracking_uri()} does not take runs: {reason}", file=sys.stderr, flush=True)
        return False
    return True


def main(arguments: list[str]) -> int:
    """Run the command in `arguments`: its name and, if wanted, the folder of the journals."""
    command, folder = (*arguments, "", "")[:2]
    importer = Importer(Path(folder) if folder else FOLDER, MlflowStore)
    if command == "follow":
        os.nice(10)  # the jobs come first
        return follow(importer, sys.stdin.fileno())
    if command != "sync":
        print(__doc__, file=sys.stderr)
        return 2
    taken = _poll(importer, all_ended=False)
    print(f"runs not imported: {importer.pending()} ({tracking_uri()})")
    return 0 if taken else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
