"""A folder or an uncompressed tar, read by name: data sets do not care which of the two it is."""

import io
import os
import tarfile
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

import numpy as np

from polytask.errors import UserError

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PK\x03\x04": "zip",
}
_BLOCK = 512


class FileTree(Protocol):
    """Files under a root, by relative names with forward slashes."""

    root: Path

    def names(self) -> list[str]:
        """All file names, sorted; hidden files and folders are left out."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of one file; raises UserError where there is none of that name."""
        ...

    def open(self, name: str) -> BinaryIO:
        """One file to be read piece by piece; raises UserError where there is none."""
        ...

    def __contains__(self, name: str) -> bool: ...


def open_tree(path: Path | str) -> FileTree:
    """Open a folder or an uncompressed tar; raises UserError for anything else."""
    path = Path(path)
    if path.is_dir():
        return Folder(path)
    if path.is_file():
        return Tar(path)
    raise UserError(f"{path}: no such folder or tar file")


class Folder:
    """A folder; linked folders are followed, each once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def _names(self) -> list[str]:
        return sorted(_walk(self.root))

    def names(self) -> list[str]:
        return self._names

    def read(self, name: str) -> bytes:
        try:
            return (self.root / safe_name(name, self.root)).read_bytes()
        except OSError as error:
            raise UserError(f"{self.root / name}: {error.strerror or 'cannot be read'}") from None

    def open(self, name: str) -> BinaryIO:
        try:
            return (self.root / safe_name(name, self.root)).open("rb")
        except OSError as error:
            raise UserError(f"{self.root / name}: {error.strerror or 'cannot be read'}") from None

    def __contains__(self, name: str) -> bool:
        return (self.root / safe_name(name, self.root)).is_file()


class Tar:
    """An uncompressed tar, indexed once; reads share no position, so processes may share it.

    Links and other special members are left out; of two members with one name the later counts.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        index = _index(root)
        self._names = sorted(index)
        self._places = np.array([index[name] for name in self._names], np.int64).reshape(-1, 2)
        self._file = os.open(root, os.O_RDONLY)

    def names(self) -> list[str]:
        return self._names

    def read(self, name: str) -> bytes:
        offset, size = self._place(name)
        data = os.pread(self._file, size, offset)
        while len(data) < size:
            more = os.pread(self._file, size - len(data), offset + len(data))
            if not more:
                raise UserError(f"{self.root}: is cut off inside {name}; copy it again")
            data += more
        return data

    def open(self, name: str) -> BinaryIO:
        return io.BufferedReader(_Part(self._file, *self._place(name)))

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def _place(self, name: str) -> tuple[int, int]:
        """Where a member's bytes begin, and how many there are."""
        where = self._find(name)
        if where is None:
            raise UserError(f"{self.root}: has no file {name}")
        offset, size = map(int, self._places[where])
        return offset, size

    def _find(self, name: str) -> int | None:
        where = bisect_left(self._names, name)
        found = where < len(self._names) and self._names[where] == name
        return where if found else None

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_file"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._file = os.open(self.root, os.O_RDONLY)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)


class _Part(io.RawIOBase):
    """A range of an open file, without a position in it that others would share."""

    def __init__(self, file: int, start: int, size: int) -> None:
        self.file, self.at, self.end = file, start, start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        data = os.pread(self.file, min(len(buffer), self.end - self.at), self.at)
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def safe_name(name: str, root: Path) -> str:
    """`name` without a leading './'; raises UserError where it leads out of the tree."""
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise UserError(f"{root}: unsafe file name {name!r}; names must stay inside the data set")
    return "/".join(parts)


def _hidden(name: str) -> bool:
    return name.startswith(".") or "/." in name


def _walk(root: Path) -> Iterator[str]:
    seen = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        prefix = Path(folder).relative_to(root).as_posix() + "/"
        yield from (prefix.removeprefix("./") + name for name in files if not _hidden(name))


def _index(path: Path) -> dict[str, tuple[int, int]]:
    """Name -> (offset, size) of each regular file of a tar; raises UserError where it is none."""
    _refuse_compressed(path)
    size, index = path.stat().st_size, {}
    try:
        with tarfile.open(path, "r:") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # a tar of a million photos would fill the memory
                name = safe_name(member.name, path)
                if member.isreg() and not member.issparse() and not _hidden(name):
                    index[name] = (member.offset_data, member.size)
                if member.isreg() and member.offset_data + member.size > size:
                    raise UserError(f"{path}: is cut off inside {name}; copy it again")
            end = tar.offset
    except (tarfile.TarError, OSError) as error:
        raise UserError(f"{path}: not a readable tar file ({error})") from None
    with path.open("rb") as file:
        file.seek(end)
        if any(file.read(_BLOCK)):  # tarfile takes a damaged header for the end
            raise UserError(f"{path}: damaged after {len(index)} files; copy it again")
    return index


def _refuse_compressed(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    for magic, kind in _COMPRESSED.items():
        if head.startswith(magic):
            raise UserError(f"{path}: is compressed ({kind}); decompress it to a plain tar first")
