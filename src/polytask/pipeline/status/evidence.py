"""What lies on disk of a job: its outputs' records, the marks it left, the work that is kept."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polytask.disk import sha256_of
from polytask.errors import UserError
from polytask.pipeline.provenance import REPOSITORY
from polytask.pipeline.resume import FOLDER as CHECKPOINTS
from polytask.pipeline.status.life import FOLDER
from polytask.pipeline.status.plan import PlannedJob
from polytask.records.files import Record, inputs_of, read_record, record_path, unfinished_path
from polytask.records.hashes import size_of
from polytask.records.identity import work_of

CHECKPOINT = re.compile(r"(\d{8})-([0-9a-f]{8})\.safetensors")
SHARD = re.compile(r"\d+\.json")


class Evidence:
    """One look at the disk; records and sources are read once."""

    def __init__(self, repository: Path = REPOSITORY) -> None:
        self.repository = repository
        self._records: dict[str, Record | None] = {}
        self._sources: dict[str, str | None] = {}

    def made_at(self, job: PlannedJob) -> float:
        """When the last of the outputs was recorded (file time); 0 where one is not there."""
        places = [record_path(Path(output)) for output in job.outputs]
        if not all(map(Path.exists, [*places, *map(Path, job.outputs)])):
            return 0.0
        return max(place.stat().st_mtime for place in places)

    def overtaken(self, job: PlannedJob) -> str | None:
        """Why finished outputs must be made again, as far as can be told without hashing them.

        Looked at: that records can be read, sizes, code, and whether inputs were made again.
        """
        for output in job.outputs:
            try:
                record = self._record(output)
            except UserError as error:
                return str(error)
            if record is None or size_of(Path(output)) != record["output"]["size"]:
                return f"{output} has not the size that its record tells"
        return self._edited(record) or self._made_again(record)

    def seconds(self, job: PlannedJob) -> tuple[str, str]:
        """When the job that made the outputs began and ended (ISO 8601)."""
        record = self._record(job.outputs[0])
        return record["start"], record["end"]

    def sign(self, job: PlannedJob) -> tuple[Mapping[str, Any], float]:
        """The sign of life that the job left, and its file time; empty and 0 where it left none.

        One without, of a job that failed or was interrupted, is told by the mark in `provenance/`.
        """
        file = FOLDER / f"{job.name}.json"
        if found := _json(file):
            return found, _time(file)
        file = unfinished_path(Path(job.outputs[0]))
        if not (mark := _json(file)):
            return {}, 0.0
        told = {key: mark.get(key) for key in ("rule", "error", "host")}
        return {**told, "state": mark.get("status"), "started": mark.get("start")}, _time(file)

    def kept(self, job: PlannedJob) -> str:
        """What the job would go on from if nothing it depends on was edited; empty for nothing."""
        folder = CHECKPOINTS / job.rule / job.label
        names = [path.name for path in folder.glob("*")] if folder.is_dir() else []
        if shards := sum(bool(SHARD.fullmatch(name)) for name in names):
            return f"{shards} shard{'s' if shards > 1 else ''}"
        found = list(filter(None, map(CHECKPOINT.fullmatch, names)))
        if not found or not (mark := _json(unfinished_path(Path(job.outputs[0])))):
            return ""
        own = work_of(mark, job.outputs)[:8]
        steps = [int(match[1]) for match in found if match[2] == own]
        return f"step {max(steps)}" if steps else ""

    def _record(self, output: str) -> Record | None:
        if output not in self._records:
            self._records[output] = read_record(Path(output))
        return self._records[output]

    def _edited(self, record: Record) -> str | None:
        """The first source that is not what it was, during the job or since."""
        if record["changed_while_running"]:
            return f"{record['changed_while_running'][0]} was edited while it was made"
        for each in record["code"]:
            path = each["path"]
            if path not in self._sources:
                file = self.repository / path
                self._sources[path] = sha256_of(file) if file.is_file() else None
            if self._sources[path] != each["sha256"]:
                return f"{path} was edited since"
        return None

    def _made_again(self, record: Record) -> str | None:
        for each in inputs_of(record):
            try:
                own = self._record(each["path"])
            except UserError as error:
                return str(error)
            if own is not None and own["output"]["sha256"] != each["sha256"]:
                return f"{each['path']} was made again since"
        return None


def last_lines(log: Path, count: int) -> list[str]:
    """The end of a log, without empty lines; nothing where there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    return [line.rstrip() for line in lines if line.strip()][-count:]


def _json(file: Path) -> dict[str, Any]:
    """The content; empty where the file is missing, damaged, or was taken away meanwhile."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _time(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
