"""Hashes of files and folders, remembered while a file's size, times and inode stay the same."""

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

_SETTLED_NS = 100_000_000  # a file changed this recently may change again within one clock tick
_TABLE = "CREATE TABLE IF NOT EXISTS {} (path TEXT PRIMARY KEY, seen TEXT, hash TEXT)"


class FileHashes:
    """Hashes files; `database` remembers them and may be shared by many processes at once.

    The database is only a cache: when it cannot be read or written, everything still works.
    """

    def __init__(self, database: Path) -> None:
        self.database = database

    def sha256(self, path: Path) -> str:
        """The hash of a file, or of a folder's sorted names and hashes."""
        if not path.is_dir():
            return self._of_files([path], "sha256")[0]
        return listing_hash(self._of_folder(path, "sha256"))

    def remembered(self, folder: Path) -> dict[str, str]:
        """SHA-256 of what is remembered of files in `folder`, by name in it, still true or not."""
        whole = str(folder.resolve()) + os.sep
        try:
            with closing(self._connect("sha256")) as connection:
                query = "SELECT path, hash FROM sha256 WHERE substr(path, 1, ?) = ?"
                rows = connection.execute(query, (len(whole), whole)).fetchall()
                return {path.removeprefix(whole): sha256 for path, sha256 in rows}
        except (sqlite3.Error, OSError):
            return {}

    def md5(self, path: Path) -> str:
        """What DVC calls a file or, with `.dir` behind it, a folder; at most 36 characters."""
        if not path.is_dir():
            return self._of_files([path], "md5")[0]
        entries = [{"md5": md5, "relpath": name} for name, md5 in self._of_folder(path, "md5")]
        entries.sort(key=lambda entry: entry["relpath"])
        listing = json.dumps(entries, sort_keys=True)
        return f"{hashlib.md5(listing.encode()).hexdigest()}.dir"

    def _of_folder(self, folder: Path, algorithm: str) -> list[tuple[str, str]]:
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        names = [file.relative_to(folder).as_posix() for file in files]
        return list(zip(names, self._of_files(files, algorithm), strict=True))

    def _of_files(self, files: Sequence[Path], algorithm: str) -> list[str]:
        paths = [str(file.resolve()) for file in files]
        known = self._known(paths, algorithm)
        result, learnt = [], []
        for path in paths:
            before = _signature(path)
            if known.get(path, ("", ""))[0] == before:
                result.append(known[path][1])
                continue
            with open(path, "rb") as file:
                result.append(hashlib.file_digest(file, algorithm).hexdigest())
            if _signature(path) == before and _settled(path):
                learnt.append((path, before, result[-1]))
        self._learn(learnt, algorithm)
        return result

    def _known(self, paths: Iterable[str], algorithm: str) -> dict[str, tuple[str, str]]:
        try:
            with closing(self._connect(algorithm)) as connection:
                query = f"SELECT seen, hash FROM {algorithm} WHERE path = ?"
                rows = ((path, connection.execute(query, (path,)).fetchone()) for path in paths)
                return {path: row for path, row in rows if row}
        except (sqlite3.Error, OSError):
            return {}

    def _learn(self, rows: list[tuple[str, str, str]], algorithm: str) -> None:
        if not rows:
            return
        try:
            with closing(self._connect(algorithm)) as connection, connection:
                connection.executemany(f"INSERT OR REPLACE INTO {algorithm} VALUES (?, ?, ?)", rows)
        except (sqlite3.Error, OSError):
            return

    def _connect(self, table: str) -> sqlite3.Connection:
        self.database.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.database, timeout=30)
        connection.execute(_TABLE.format(table))
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
