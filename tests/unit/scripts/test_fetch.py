"""Rule `fetch` as its job calls it: what Snakemake gives becomes a folder and its record."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import fetch as script
import pytest
from packing import contents, tar_gz

from polytask.data.benchmarks import Archive
from polytask.data.fetching.sources import Source
from polytask.pipeline.rule import run_rule

ROOT = "data/NYUDv2"
PACKED = tar_gz({"NYUDv2/a.txt": b"1"})


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data/downloads").mkdir(parents=True)
    Path("data/downloads/a.tar.gz").write_bytes(PACKED)
    checksum = f"sha256:{hashlib.sha256(PACKED).hexdigest()}"
    archive = Archive(num_bytes=len(PACKED), checksum=checksum, source="")
    source = Source(
        title="NYUD-v2", folder="NYUDv2", in_a_folder=True, login="https://x.org",
        copies=({"a.tar.gz": archive},),
    )  # fmt: skip
    config = {"root": ROOT, "source": json.loads(json.dumps(asdict(source)))}
    return SimpleNamespace(
        rule="fetch", wildcards={"root": ROOT}, input={}, params={"config": config},
        output=Named(root=ROOT), log=["logs/fetch.log"], threads=0, resources={},
    )  # fmt: skip


class Named(list):
    """Files with names, as Snakemake gives them."""

    def __init__(self, **files: str) -> None:
        super().__init__(files.values())
        self.items = files.items


def test_the_record_names_the_archive_and_holds_for_the_folder_as_snakemake_leaves_it(snakemake):
    run_rule(script.fetch, snakemake)
    assert contents(Path(ROOT)) == {"a.txt": b"1", ".snakemake_timestamp": b""}
    record = json.loads(Path("provenance/data/NYUDv2.json").read_text())
    assert record["params"]["config"]["source"]["copies"][0]["a.tar.gz"]["num_bytes"] == len(PACKED)
    assert (record["output"]["size"], record["threads"]) == (1, 1)


def test_a_folder_that_was_put_there_meanwhile_is_taken_as_it_is(snakemake):
    Path(ROOT).mkdir()
    (Path(ROOT) / "mine.txt").write_bytes(b"mine")
    run_rule(script.fetch, snakemake)
    assert contents(Path(ROOT)) == {"mine.txt": b"mine"}
    assert not Path("provenance").exists()


def test_what_is_missing_ends_the_job_with_one_line(snakemake, capsys):
    Path("data/downloads/a.tar.gz").unlink()
    with pytest.raises(SystemExit):
        run_rule(script.fetch, snakemake)
    told = capsys.readouterr().err
    assert "NYUD-v2 needs a login: register at https://x.org, put a.tar.gz into data/down" in told
    assert told.count("\n") == 1
    assert not Path(ROOT).exists()
