"""What provenance costs a run: hashing and records, as a share of the run's time; bound: < 2 %.

python benchmarks/provenance.py FOLDER [--cores N]

FOLDER has a finished run. Every input, output and source is hashed again from nothing, each file
once as in a run, and every job's packages are looked up and its records written to a scratch file.
"""

import argparse
import json
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path

import timm  # noqa: F401  what a job has imported when its packages are looked up

from polytask.pipeline.environment import imported_packages
from polytask.records.files import FOLDER, Record, inputs_of, read_record, recorded_outputs
from polytask.records.hashes import FileHashes
from polytask.records.identity import lineage_of, sealed

LARGEST_SHARE = 0.02


def records_in(folder: Path) -> list[Record]:
    """The record of every output that was finished."""
    place = folder / FOLDER
    found = (read_record(Path(output), place) for output in recorded_outputs(place))
    return [record for record in found if record]


def record_again(records: list[Record], jobs: set[str], scratch: Path) -> dict[str, float]:
    """Seconds by what they were spent on."""
    hashes, seconds = FileHashes(scratch / "hashes.sqlite"), {}
    begin = time.perf_counter()
    for record in records:
        paths = [each["path"] for each in inputs_of(record)] + [record["output"]["path"]]
        for path in paths + [each["path"] for each in record["code"]]:
            if Path(path).exists():
                hashes.sha256(Path(path))
    seconds["hashing"] = time.perf_counter() - begin
    begin = time.perf_counter()
    for _ in jobs:
        imported_packages.cache_clear()
        imported_packages()
    seconds["packages"] = time.perf_counter() - begin
    begin = time.perf_counter()
    for record in records:
        fresh = {key: value for key, value in record.items() if key != "seal"}
        fresh["lineage"] = lineage_of(fresh)
        (scratch / "record.json").write_text(json.dumps(sealed(fresh), indent=1))
    seconds["records"] = time.perf_counter() - begin
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    os.chdir(arguments.folder)
    records = records_in(Path())
    jobs = {record["tracking"] for record in records}
    first, last = (
        choose(datetime.fromisoformat(record[key]) for record in records)
        for choose, key in ((min, "start"), (max, "end"))
    )
    available = (last - first).total_seconds() * arguments.cores
    with tempfile.TemporaryDirectory() as scratch:
        seconds = record_again(records, jobs, Path(scratch))
    print(f"{len(jobs)} jobs, {len(records)} records, {available:.0f} core-seconds")
    for what, took in seconds.items():
        print(f"  {what:9} {took:6.2f} s")
    share = sum(seconds.values()) / available
    print(f"share {share:.2%}, less than {LARGEST_SHARE:.0%} is promised")
    raise SystemExit(share >= LARGEST_SHARE)


if __name__ == "__main__":
    main()
