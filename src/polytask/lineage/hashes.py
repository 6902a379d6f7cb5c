"""SHA-256 of files and folders, remembered while a file's size, times and inode stay the same."""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

_SETTLED_NS = 100_000_000  # a file changed this recently may change again within one clock tick
_TABLE = "CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, seen TEXT, sha256 TEXT)"


class FileHashes:
    """Hashes files; `database` remembers them and may be shared by many processes at once.

    The database is only a cache: when it cannot be read or written, everything still works.
    """

    def __init__(self, database: Path) -> None:
        self.database = database

    def sha256(self, path: Path) -> str:
        """The hash of a file, or of a folder's sorted names and hashes."""
        if not path.is_dir():
            return self._of_files([path])[0]
        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        names = [str(file.relative_to(path)) for file in files]
        return listing_hash(zip(names, self._of_files(files), strict=True))

    def remembered(self, folder: Path) -> dict[str, str]:
        """What is remembered of files in `folder`, by name in it, whether still true or not."""
        whole = str(folder.resolve()) + os.sep
        try:
            with closing(self._connect()) as connection:
                query = "SELECT path, sha256 FROM hashes WHERE substr(path, 1, ?) = ?"
                rows = connection.execute(query, (len(whole), whole)).fetchall()
                return {path.removeprefix(whole): sha256 for path, sha256 in rows}
        except (sqlite3.Error, OSError):
            return {}

    def _of_files(self, files: Sequence[Path]) -> list[str]:
        paths = [str(file.resolve()) for file in files]
        known = self._known(paths)
        result, learnt = [], []
        for path in paths:
            before = _signature(path)
            if known.get(path, ("", ""))[0] == before:
                result.append(known[path][1])
                continue
            with open(path, "rb") as file:
                result.append(hashlib.file_digest(file, "sha256").hexdigest())
            if _signature(path) == before and _settled(path):
                learnt.append((path, before, result[-1]))
        self._learn(learnt)
        return result

    def _known(self, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
        try:
            with closing(self._connect()) as connection:
                query = "SELECT seen, sha256 FROM hashes WHERE path = ?"
                rows = ((path, connection.execute(query, (path,)).fetchone()) for path in paths)
                return {path: row for path, row in rows if row}
        except (sqlite3.Error, OSError):
            return {}

    def _learn(self, rows: list[tuple[str, str, str]]) -> None:
        if not rows:
            return
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", rows)
        except (sqlite3.Error, OSError):
            return

    def _connect(self) -> sqlite3.Connection:
        self.database.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.database, timeout=30)
        connection.execute(_TABLE)
        return connection


def listing_hash(files: Iterable[tuple[str, str]]) -> str:
    """The hash of a folder: of the names in it, sorted as paths are, with their hashes."""
    listing = "".join(f"{name}\0{sha256}\n" for name, sha256 in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _signature(path: str) -> str:
    stat = os.stat(path)
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino} {stat.st_dev}"


def _settled(path: str) -> bool:
    stat = os.stat(path)
    return time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED_NS
