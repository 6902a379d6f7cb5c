"""Shards of the feature cache that are complete, kept until all are: extraction may be cut short.

A shard `03.safetensors` counts once `03.json` beside it says what is in it.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.disk import is_full, replacing, sha256_of
from polytask.errors import UserError
from polytask.teachers.features import LevelStatistics

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shard:
    """A complete shard: its entry in the index, and the sums over its features per level."""

    entry: dict[str, Any]
    statistics: list[LevelStatistics]


class KeptShards:
    """The shards of one extraction in `folder`, where several runs may add to them.

    `identity` says which extraction: teacher, weights, images, views and code.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder, self.identity = folder, identity

    def find(self) -> dict[int, Shard]:
        """Every complete shard by number; those of another identity are removed, to make room."""
        found: dict[int, Shard] = {}
        others = 0
        for left_by_a_killed_run in self.folder.glob(".*.partial"):
            left_by_a_killed_run.unlink()
        for note in sorted(self.folder.glob("*.json")):
            content, path = _read(note), note.with_suffix(".safetensors")
            if content.get("identity") != self.identity:
                others += 1
                note.unlink()
                path.unlink(missing_ok=True)
            elif not _is_whole(path, content["entry"]):
                logger.warning("%s is damaged, it will be made again", path)
            else:
                levels = [LevelStatistics.of(sums) for sums in content["statistics"]]
                found[int(note.stem)] = Shard(content["entry"], levels)
        if others:
            what = "%s: %d shards of other parameters, inputs or code are removed"
            logger.info(what, self.folder, others)
        if found:
            logger.info("%s: %d shards are there already", self.folder, len(found))
        return found

    def make(
        self,
        number: int,
        fill: Callable[[Path], list[LevelStatistics]],
        facts: Mapping[str, Any],
    ) -> Shard:
        """Have `fill` write the shard; `facts` (its name, samples) stand in its entry.

        Raises UserError where the disk is full; the shards before it stay.
        """
        path = self._path(number)
        try:
            with replacing(path) as partial:
                statistics = fill(partial)
                entry = {**facts, "size": partial.stat().st_size, "sha256": sha256_of(partial)}
            self._note(path.with_suffix(".json"), Shard(entry, statistics))
        except OSError as error:
            if not is_full(error):
                raise
            raise UserError(
                f"{path}: the disk is full ({error.strerror}); shards that are complete stay, make "
                "room and run again"
            ) from error
        return Shard(entry, statistics)

    def bring(self, number: int, place: Path) -> None:
        """Have the shard at `place` as well; from one disk to another it has to move."""
        path = self._path(number)
        try:
            os.link(path, place)
        except OSError:
            shutil.move(path, place)
        place.touch()  # workflow tools are to see it as made now

    def _note(self, path: Path, shard: Shard) -> None:
        sums = [level.sums_of() for level in shard.statistics]
        content = {"identity": self.identity, "entry": shard.entry, "statistics": sums}
        with replacing(path) as partial:
            partial.write_text(json.dumps(content))

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:02d}.safetensors"


def _read(note: Path) -> dict[str, Any]:
    try:
        return json.loads(note.read_text())
    except (OSError, ValueError):
        return {}


def _is_whole(path: Path, entry: Mapping[str, Any]) -> bool:
    return (
        path.is_file()
        and path.stat().st_size == entry["size"]
        and sha256_of(path) == entry["sha256"]
    )
