"""Archives from strangers, unpacked: nothing may land outside of the folder, nothing is a link."""

import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from gzip import BadGzipFile
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from polytask.data.tree import safe_name
from polytask.errors import UserError
from polytask.progress import bar

DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, BadGzipFile, zlib.error, LZMAError, EOFError, RuntimeError
)  # fmt: skip
"""What reading a damaged archive raises; RuntimeError also where it wants a password."""
IN_THE_WAY = (FileExistsError, NotADirectoryError, IsADirectoryError)
INNER = (".tar", ".zip")
_BLOCK, _CHUNK = 512, 1 << 20


class Member(NamedTuple):
    """A file of an archive, or a folder (then `open` is None)."""

    name: str
    open: Callable[[], IO[bytes]] | None


def unpack(archive: Path, folder: Path, *, nested: bool = False) -> None:
    """Write what is in `archive` (zip, or tar of any compression) into `folder`, and to the disk.

    With `nested` an archive in the archive becomes a folder of its name. Of two files with one name
    the later counts. Raises UserError for what is no archive, cut off or damaged, for absolute
    names and "..", and for links and devices; `folder` is then left half-written.
    """
    _pour(archive, folder, nested=nested)
    os.sync()  # once: a million files would each wait for the disk


def _pour(archive: Path, folder: Path, *, nested: bool, shown: bool = True) -> None:
    members = _members_of(archive, shown)
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    try:
        for member in members:
            place = _write(member, folder, archive)
            written += 1
            if nested and place.suffix in INNER and place.is_file():
                _open_up(place)
    except DAMAGED as error:
        raise UserError(
            f"{archive}: cut off or damaged after {written} files ({error}); remove it, and it is "
            "got again"
        ) from None
    except IN_THE_WAY:
        raise UserError(f"{archive}: damaged: {member.name} is a file and a folder") from None


def _open_up(archive: Path) -> None:
    """Replace an archive by its content, or by the folder of its own name in it."""
    folder, new = archive.with_suffix(""), archive.with_suffix(".new")
    _pour(archive, new, nested=False, shown=False)
    archive.unlink()
    own = new / folder.name
    (own if own.is_dir() else new).rename(folder)
    shutil.rmtree(new, ignore_errors=True)


def check_is_archive(path: Path) -> None:
    """Raise UserError where `path` is neither a zip nor a tar; the end of a tar is not read."""
    if zipfile.is_zipfile(path) or tarfile.is_tarfile(path):
        return
    with path.open("rb") as file:
        head = file.read(256).lstrip().lower()
    page = head.startswith((b"<!doctype html", b"<html"))
    what = "a web page, not an archive" if page else "not a zip or a tar, or cut off"
    raise UserError(f"{path}: {what}")


def unpacked_bytes(path: Path) -> int:
    """How large it gets at least: of a zip what its files have, of a tar its own size."""
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())


def _members_of(path: Path, shown: bool) -> Iterator[Member]:
    check_is_archive(path)
    return _of_zip(path, shown) if zipfile.is_zipfile(path) else _of_tar(path, shown)


def _of_zip(path: Path, shown: bool) -> Iterator[Member]:
    with (
        zipfile.ZipFile(path) as archive,
        bar(f"unpack {path.name}", len(archive.infolist()), "file", shown=shown) as progress,
    ):
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refusal(path, info.filename)
            opened = None if info.is_dir() else lambda info=info: archive.open(info)
            yield Member(info.filename, opened)
            progress.update()


def _of_tar(path: Path, shown: bool) -> Iterator[Member]:
    with (
        path.open("rb") as file,
        tarfile.open(fileobj=file) as tar,
        bar(f"unpack {path.name}", path.stat().st_size, "B", shown=shown) as progress,
    ):
        while (info := tar.next()) is not None:
            tar.members.clear()  # a tar of a million photos would fill the memory
            if not (info.isreg() or info.isdir()):
                raise _refusal(path, info.name)
            yield Member(info.name, None if info.isdir() else lambda info=info: _opened(tar, info))
            progress.update(file.tell() - progress.n)
        tar.fileobj.seek(tar.offset)
        if any(tar.fileobj.read(_BLOCK)):  # tarfile takes a damaged header for the end
            raise tarfile.ReadError("an unreadable header")
        while tar.fileobj.read(_CHUNK):  # at the end gzip and xz compare their checksums
            pass


def _opened(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    assert file is not None  # a regular file
    return file


def _write(member: Member, folder: Path, archive: Path) -> Path:
    # Dropbox names the folder itself, "/", in the zip of a folder
    name = safe_name(member.name, archive) if member.name.strip("/") else ""
    place = folder / PurePosixPath(name)
    if member.open is None or not name:
        place.mkdir(parents=True, exist_ok=True)
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as packed, place.open("wb") as file:
        shutil.copyfileobj(packed, file, _CHUNK)
    return place


def _refusal(path: Path, name: str) -> UserError:
    return UserError(f"{path}: {name} is a link or a device, not a file; nothing of it is unpacked")
