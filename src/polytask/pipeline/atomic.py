"""Outputs appear whole or not at all: written beside their place, renamed when all are there."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from polytask.disk import flush
from polytask.errors import UserError


@contextmanager
def written_together(outputs: Sequence[Path]) -> Iterator[dict[Path, Path]]:
    """Yield where to write each of `outputs`, and move them all there when the block succeeds.

    The temporary place is a folder beside the output, so that names, suffixes and relative paths
    between outputs of one folder are the final ones. When the block fails nothing is moved; when
    it succeeds the content is on the disk before it has its name, so that no power cut leaves an
    empty file. Raises FileNotFoundError when the block succeeds but has not written every output,
    UserError when something lies where a folder belongs: folders replace nothing.
    """
    token = hashlib.sha256("\0".join(sorted(map(str, outputs))).encode()).hexdigest()[:8]
    places = {output: output.parent / f".partial-{token}" / output.name for output in outputs}
    folders = {place.parent for place in places.values()}
    _remove(folders)  # what a killed run left
    for folder in folders:
        folder.mkdir(parents=True)
    try:
        yield places
        missing = [str(output) for output, place in places.items() if not place.exists()]
        if missing:
            raise FileNotFoundError(f"these outputs were not written: {', '.join(missing)}")
        for file in _files(places.values()):
            flush(file)
        for output, place in places.items():
            if place.is_dir() and (output.exists() or output.is_symlink()):
                raise UserError(
                    f"{output}: was put there meanwhile, and stays as it is; run this again to go "
                    "on with it"
                )
        for output, place in places.items():
            os.replace(place, output)
        for folder in {output.parent for output in outputs}:
            flush(folder)
    finally:
        _remove(folders)


@contextmanager
def thrown_away(outputs: Sequence[Path]) -> Iterator[dict[Path, Path]]:
    """Yield where to write each of `outputs` in a temporary folder that goes when the block ends.

    Outputs of one folder lie in one folder there as well.
    """
    with tempfile.TemporaryDirectory() as folder:
        places = {output: Path(folder, *output.absolute().parts[1:]) for output in outputs}
        for place in places.values():
            place.parent.mkdir(parents=True, exist_ok=True)
        yield places


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in folders."""
    for place in places:
        yield from (f for f in (place.rglob("*") if place.is_dir() else [place]) if f.is_file())


def _remove(folders: set[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
