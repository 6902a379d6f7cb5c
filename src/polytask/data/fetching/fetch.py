"""A data set from its source to its place: downloaded or found, compared, unpacked."""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from polytask.data.benchmarks import Archive
from polytask.data.checking.archive import check_archive, compared
from polytask.data.fetching.download import Unavailable, download
from polytask.data.fetching.imagenet import sort_validation
from polytask.data.fetching.sources import Source
from polytask.data.fetching.unpack import check_is_archive, unpack, unpacked_bytes
from polytask.disk import flush
from polytask.errors import UserError

Copy = Mapping[str, Archive]

logger = logging.getLogger(__name__)


def downloads_beside(root: Path) -> Path:
    """Where the archives of the data set at `root` lie."""
    return root.parent / "downloads"


def fetch(source: Source, root: Path, place: Path) -> None:
    """Write the data set that is to lie at `root` into the new folder `place` on the same disk.

    Archives are taken from `downloads` beside `root`, or come there; they stay. Raises UserError
    with what to do where a login is needed, an archive is not the published one or cannot be had,
    or the disk is too small.
    """
    if not source.copies:
        raise UserError((source.by_hand or "").format(root=root))
    downloads = downloads_beside(root)
    copies = _choose(source, downloads)
    downloads.mkdir(parents=True, exist_ok=True)
    with _alone_in(downloads):
        _unpack(source, _have(copies, downloads), downloads, place)
    logger.info("%s: unpacked; its archives in %s are needed no more", source.title, downloads)


def _choose(source: Source, downloads: Path) -> list[Copy]:
    """The copies that can be had, those first that lie there already."""

    def to_come(copy: Copy) -> list[Archive]:
        return [each for name, each in copy.items() if not (downloads / name).is_file()]

    found = [copy for copy in source.copies if all(each.url for each in to_come(copy))]
    if found:
        return sorted(found, key=lambda copy: len(to_come(copy)))
    missing = [name for name in source.copies[0] if not (downloads / name).is_file()]
    raise UserError(
        f"{source.title} needs a login: register at {source.login}, put {', '.join(missing)} "
        f"into {downloads}, and run this again, which checks and unpacks them"
    )


def _have(copies: list[Copy], downloads: Path) -> list[Path]:
    """The archives of the first of the copies that can be had."""
    *others, last = copies
    for copy in others:
        try:
            return _bring_all(copy, downloads)
        except Unavailable as error:
            logger.warning("%s; trying %s", error, " ".join(last))
    return _bring_all(last, downloads)


def _bring_all(copy: Copy, downloads: Path) -> list[Path]:
    _check_room(copy, downloads)
    for name, archive in copy.items():
        _bring(archive, downloads / name)
    return [downloads / name for name in copy]


def _check_room(copy: Copy, downloads: Path) -> None:
    """Raise UserError where not even the archives' own size would fit twice."""
    needed = 0
    for name, archive in copy.items():
        file, part = downloads / name, _part(downloads / name)
        size = file.stat().st_size if file.exists() else archive.num_bytes or 0
        here = next((each.stat().st_size for each in (file, part) if each.exists()), 0)
        needed += size + max(0, size - here)
    _check_free(downloads, needed, "to download and unpack it")


def _check_free(folder: Path, needed: int, why: str) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{folder}: {needed / 1e9:.1f} GB are needed at least {why}, {free / 1e9:.1f} GB are "
            "free; make room, or name another disk in params.yaml"
        )


def _bring(archive: Archive, file: Path) -> None:
    """Have the archive at `file`, as published as can be known."""
    if file.exists():
        try:
            _verify(archive, file)
        except UserError as error:
            raise UserError(f"{error}; put the right one there, or remove it") from None
        return
    assert archive.url is not None  # _choose took it for that
    part = _part(file)
    logger.info("%s: from %s", file, archive.url)
    download(archive.url, part, archive.num_bytes)
    try:
        _verify(archive, part)
    except UserError as error:
        bad = file.with_name(f"{file.name}.bad")
        part.replace(bad)
        raise UserError(f"{error}; kept as {bad}, the next run gets it anew") from None
    flush(part)
    part.replace(file)


def _verify(archive: Archive, file: Path) -> None:
    """Raise UserError where `file` is not the published archive, as far as that is known."""
    for finding in check_archive(archive, file):
        raise UserError(f"{file.parent / str(finding)}")
    check_is_archive(file)
    by = compared(archive)
    unknown = "nothing is published to compare it with, only `polytask data check` can tell"
    logger.info("%s: %s", file, f"agrees in its {by}" if by else unknown)


def _unpack(source: Source, archives: list[Path], downloads: Path, place: Path) -> None:
    inside = place.with_name(f"{place.name}.unpacked") if source.in_a_folder else place
    _check_free(place.parent, sum(map(unpacked_bytes, archives)), "to unpack it")
    for archive in archives:
        if archive.name != source.devkit:
            where = inside / source.places.get(archive.name, "")
            unpack(archive, where, nested=source.nested)
    if source.devkit:
        sort_validation(inside / "val", downloads / source.devkit)
    if source.in_a_folder:
        found = list(inside.iterdir())
        alone = len(found) == 1 and found[0].is_dir()
        (found[0] if alone else inside).rename(place)


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Within the block no other process fetches into `folder`; on file systems with locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.warning("another process fetches into %s: waiting for it", folder)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            pass
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)
