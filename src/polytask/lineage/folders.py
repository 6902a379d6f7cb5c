"""Which file in a folder changed, although a record has one hash for the whole folder."""

from collections.abc import Mapping
from pathlib import Path

from polytask.records.files import FOLDER
from polytask.records.hashes import FileHashes, listing_hash

SHOWN = 3


def what_changed(folder: Path, recorded: str, found: Mapping[str, str]) -> str:
    """A phrase that names the files, as far as it can be known.

    The hashes that a job once remembered are proof where together they give the recorded hash;
    else the file that was written last is a hint. `found` are the hashes by name in the folder.
    """
    remembered = FileHashes(FOLDER / ".hashes.sqlite").remembered(folder)
    before = {name: remembered[name] for name in sorted(remembered, key=Path)}
    if listing_hash(before.items()) != recorded:
        before = {name: remembered[name] for name in found if name in remembered}
    if listing_hash(before.items()) == recorded:
        return _difference(before, found)
    if not found:
        return "the folder is empty"
    last = max(found, key=lambda name: (folder / name).stat().st_mtime)
    return f"the file written last is {last}"


def _difference(before: Mapping[str, str], found: Mapping[str, str]) -> str:
    parts = {
        "changed": [name for name in found if name in before and found[name] != before[name]],
        "new": [name for name in found if name not in before],
        "gone": [name for name in before if name not in found],
    }
    return "; ".join(f"{what}: {_names(names)}" for what, names in parts.items() if names)


def _names(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
