"""A folder with results and the `provenance/` that belongs to them: here or elsewhere."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from polytask.records.files import FOLDER, Record, read_record, recorded_outputs, unfinished_path


@dataclass(frozen=True)
class Workspace:
    """Records by output; a file is known by its path relative to `root`, as records spell it."""

    root: Path
    _read: dict[str, Record | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def folder(self) -> Path:
        """Where the records lie."""
        return self.root / FOLDER

    def record(self, path: str) -> Record | None:
        """The record of the output `path`, None where it has none; read once."""
        if path not in self._read:
            self._read[path] = read_record(Path(self.name_of(path)), self.folder)
        return self._read[path]

    def is_unfinished(self, path: str) -> bool:
        """Whether a job that was to make `path` failed or was interrupted."""
        return unfinished_path(Path(self.name_of(path)), self.folder).is_file()

    def name_of(self, file: str | Path) -> str:
        """`file`, absolute or relative to the root, as records spell it."""
        return os.path.relpath(self.root / file, self.root)

    def outputs(self) -> list[str]:
        """Every file that has a record."""
        return recorded_outputs(self.folder)


def workspace_of(file: Path) -> Workspace | None:
    """The nearest parent folder of `file` that has records; None where there is none."""
    parents = Path(os.path.abspath(file)).parents
    root = next((folder for folder in parents if (folder / FOLDER).is_dir()), None)
    return Workspace(root) if root else None
