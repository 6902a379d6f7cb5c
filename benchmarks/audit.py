"""`polytask audit` against `sha256sum` on the same files, both from a warm cache; prints a ratio.

python benchmarks/audit.py [FOLDER]      FOLDER has results/ and provenance/; without one, a chain
                                         of 1.5 GB is made in a temporary folder (about 10 s)
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from polytask.lineage.audit import audit, targets_of
from polytask.pipeline.provenance import LOCK, REPOSITORY
from polytask.records.files import FORMAT, record_path
from polytask.records.hashes import FileHashes
from polytask.records.identity import lineage_of, sealed

NUM_SHARDS, SHARD_BYTES, NUM_SMALL = 24, 64_000_000, 400
SMALLEST_RATIO = 0.7


def make_chain(folder: Path) -> None:
    """Shards and small files with records, and a table made of all of them."""
    os.chdir(folder)
    sizes = {f"results/features/{n:02d}.safetensors": SHARD_BYTES for n in range(NUM_SHARDS)}
    sizes |= {f"results/curves/{n:03d}.jsonl": 20_000 for n in range(NUM_SMALL)}
    inputs = []
    for path, size in sizes.items():
        inputs.append(record(path, os.urandom(size), []))
    record("results/tables/sak.csv", b"method,title,depth\nsak,SAK,1\n", inputs)


def record(path: str, content: bytes, inputs: list[dict]) -> dict:
    """Write a file with a record of it; returns what a later record says of it as an input."""
    place, here = record_path(Path(path)), Path(path)
    for each in (place, here):
        each.parent.mkdir(parents=True, exist_ok=True)
    here.write_bytes(content)
    sha256 = FileHashes(Path("hashes.sqlite")).sha256(here)
    output = {"path": path, "sha256": sha256, "size": len(content)}
    fields = {
        "format": FORMAT, "output": output, "rule": "table", "wildcards": {}, "params": {},
        "inputs": {"files": inputs}, "code": [], "threads": 1, "tracking": path,
        "git": {"commit": None, "dirty": False}, "start": f"{len(inputs)}", "end": f"{len(inputs)}",
        "changed_while_running": [], "status": "finished", "seed": None, "device": "cpu",
        "host": "here", "python": platform.python_version(), "packages": {}, "lock": None,
    }  # fmt: skip
    fields["lineage"] = lineage_of(fields)
    place.write_text(json.dumps(sealed(fields)))
    return {**output, "lineage": fields["lineage"]}


def files_of_chain() -> list[str]:
    """Every file that the audit of all tables and metrics files reads."""
    result = audit(targets_of([]), repository=REPOSITORY, lock=LOCK)
    return [path for path in result.reading.hashes if Path(path).is_file()]


def seconds(job) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def compare(title: str) -> float:
    """Both on the tree in the working directory; returns how fast audit is, sha256sum being 1."""
    files = files_of_chain()  # this also warms the cache
    total = sum(Path(file).stat().st_size for file in files) / 1e9
    theirs = seconds(lambda: subprocess.run(["sha256sum", *files], check=True, capture_output=True))
    ours = seconds(lambda: audit(targets_of([]), repository=REPOSITORY, lock=LOCK))
    print(f"{title}: {len(files)} files, {total:.3f} GB")
    for name, took in (("audit", ours), ("sha256sum", theirs)):
        print(f"  {name:10} {took:6.2f} s  {total / took:.2f} GB/s")
    return theirs / ours


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.chdir(sys.argv[1])
        ratio = compare(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            make_chain(Path(folder))
            ratio = compare("generated chain")
            os.chdir("/")
    print(f"ratio {ratio:.2f}, at least {SMALLEST_RATIO} is promised")
    sys.exit(ratio < SMALLEST_RATIO)
