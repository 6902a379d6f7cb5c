"""The importer as the workflow sees it: a process beside the jobs, told when they are done."""

import contextlib
import subprocess
import sys
from pathlib import Path

from polytask.pipeline.tracking.journal import FOLDER

FINISHED = b"finished\n"
ADVICE = (
    "The tracking store has not taken every run yet; nothing is lost: the journals are kept in "
    "{folder}. To import them later: python -m polytask.pipeline.tracking sync (details: {log})"
)


class Follower:
    """One importer process. It ends by itself when this process ends, however that happens."""

    def __init__(self, folder: Path = FOLDER, command: tuple[str, ...] = ()) -> None:
        module = (sys.executable, "-m", "polytask.pipeline.tracking", "follow", str(folder))
        self._folder, self._command = folder, command or module
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the importer; where that is impossible the workflow goes on without it."""
        log = self._folder / "importer.log"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with log.open("w") as file:
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=file, stderr=file,
                    start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            print(f"runs are not followed: {error}", file=sys.stderr)

    def finish(self, patience: float = 60.0, *, all_ended: bool = True) -> None:
        """Let the importer take the last journals, for at most `patience` seconds.

        `all_ended`: no job runs any more, of another workflow neither.
        """
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(subprocess.TimeoutExpired):  # it goes on, and then ends, alone
            process.communicate(FINISHED if all_ended else b"", timeout=patience)
        if process.returncode != 0:
            log = self._folder / "importer.log"
            print(ADVICE.format(folder=self._folder, log=log), file=sys.stderr)
