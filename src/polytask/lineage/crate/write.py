"""Writes a crate: a folder with its metadata and its small files."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from polytask.errors import UserError
from polytask.lineage.chain import Chain, walk
from polytask.lineage.crate.build import About, Builder
from polytask.lineage.crate.graph import DESCRIPTOR


def write_crate(out: Path, targets: Iterable[str], repository: Path, about: About) -> Builder:
    """Write the crate of `targets` and of all that they were made from into a new folder.

    Raises UserError where the folder is not empty, and for records that were edited.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: already there; name a new folder")
    chain = _intact(walk(targets))
    builder = Builder(repository, about)
    builder.build(list(chain.records.values()))
    for name, source in builder.payload.copies.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, out / name)
    text = json.dumps(builder.graph.as_json(), indent=1, ensure_ascii=False)
    (out / DESCRIPTOR).write_text(text + "\n")
    return builder


def _intact(chain: Chain) -> Chain:
    for output, reason in chain.edited.items():
        raise UserError(f"the record of {output}: {reason}; `polytask audit` tells more")
    if not chain.records:
        raise UserError("no provenance records here; run `snakemake` first")
    return chain
