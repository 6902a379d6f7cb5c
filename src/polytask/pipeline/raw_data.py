"""Which data sets that params.yaml names are not there, and where each comes from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from polytask.data.fetching.sources import SOURCES, source_of


def missing_data(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Source, as plain data, of every folder of photos or labelled images that is not there.

    What is there, a link to nowhere too, is its owner's and never fetched; nor is a tar, and a
    folder that DVC keeps comes with `dvc pull`.
    """
    roots = {entry["root"]: name for name, entry in config["datasets"].items()}
    roots.setdefault(config["corpus"], "corpus")
    sources = {root: source_of(name, root) for root, name in roots.items() if _is_missing(root)}
    return {root: asdict(SOURCES[name]) for root, name in sources.items() if name is not None}


def one_of(roots: Iterable[str]) -> str:
    """The regular expression that these roots match, and nothing else."""
    return "|".join(map(re.escape, roots)) or "(?!)"


def _is_missing(root: str) -> bool:
    path = Path(root)
    tracked = path.with_name(f"{path.name}.dvc")
    there = path.exists() or path.is_symlink()
    return not (there or path.suffix == ".tar" or tracked.exists())
