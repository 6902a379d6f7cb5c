"""The states to which an interrupted training goes back, kept where no workflow tool deletes them.

`00000200-3f2a91bc.safetensors` is the state after step 200 of the job with that identity; the
weights in it are the tensors under `model.`.
"""

import logging
from pathlib import Path

from polytask.across_processes import largest, processes
from polytask.training.state_files import State, Unreadable, read_state, write_state

logger = logging.getLogger(__name__)

KEPT = 2
"""How many states are kept: the last one, and one more should that be damaged."""


class Checkpoints:
    """The last states of one job in `folder` (None: nothing is kept).

    `identity` says which job: configuration, inputs and code. States of another one are left
    alone. `kept` tells people where the last good state lies.
    """

    def __init__(self, folder: Path | None, identity: str) -> None:
        self.folder, self.identity = folder, identity
        self.kept = "nothing"

    def load(self) -> State | None:
        """The last state that can be read, or None."""
        others = set(self._files()) - set(self._own())
        for path in reversed(self._own()):
            try:
                state, identity = read_state(path)
            except Unreadable as error:
                logger.warning("%s is damaged, going back to the one before: %s", path, error)
                continue
            if identity == self.identity:
                self._note(path)
                return state
            others.add(path)
        if others:
            what = "%s: %d checkpoints of other parameters, inputs or code are not used"
            logger.info(what, self.folder, len(others))
        return None

    def save(self, step: int, state: State) -> None:
        """Write the state after `step`; a disk that refuses costs this checkpoint, no other.

        Of several processes the first one writes, and all learn whether it could.
        """
        if self.folder is None:
            return
        path = self.folder / f"{step:08d}-{self.identity[:8]}.safetensors"
        writes, refused = processes().rank == 0, False
        try:
            if writes:
                write_state(path, state, self.identity)
        except OSError as error:
            reason = error.strerror or error
            logger.warning(
                "checkpoint of step %d not written (%s); training goes on, last one: %s",
                step, reason, self.kept,
            )  # fmt: skip
            refused = True
        if largest(int(refused)):
            return
        self._note(path)
        if not writes:
            return
        earlier = [each for each in self._own() if each.name <= path.name]
        for each in set(self._own()) - set(earlier[-KEPT:]):
            each.unlink(missing_ok=True)
        for each in self.folder.glob(".*.partial"):  # what a killed run left
            each.unlink(missing_ok=True)

    def _note(self, path: Path) -> None:
        self.kept = f"{path} (step {int(path.name.partition('-')[0])})"

    def _own(self) -> list[Path]:
        return [path for path in self._files() if path.stem.endswith(f"-{self.identity[:8]}")]

    def _files(self) -> list[Path]:
        """Every checkpoint in the folder, by step."""
        return sorted(self.folder.glob("*.safetensors")) if self.folder else []
