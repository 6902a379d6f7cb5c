"""`polytask data check` as it is typed: output and exit status."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from miniatures.nyud import BENCHMARK, write_nyud
from miniatures.plant import contents

from polytask.cli import main
from polytask.commands import data
from polytask.data.benchmarks import Archive

PACKED = b"packed" * 100


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(data, "BENCHMARKS", {"nyud": BENCHMARK})
    return write_nyud(tmp_path / "NYUDv2")


def test_an_intact_copy_is_status_0(root: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["data", "check", "nyud", str(root)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"NYUD-v2, 4 tasks: {root}"
    assert "  train        3 images" in told
    assert "  sizes        20 x 28 (5)" in told
    assert any(line.startswith("  semseg       5 labels, 0.7% of the pixels ig") for line in told)
    assert told[-1] == "nothing is wrong"


def test_what_is_wrong_is_status_1_line_by_line(root: Path, capsys) -> None:
    (root / "images/0001.png").write_bytes(b"")
    (root / "depth/0002.npy").unlink()
    before = contents(root)
    assert main(["data", "check", "nyud", str(root)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[-3].startswith("images/0001.png: not an image")
    assert told[-2].startswith("val 0002 depth: has no depth/0002.npy")
    assert told[-1] == "2 things are wrong"
    assert contents(root) == before


def test_the_report_is_there_as_data(root: Path, capsys) -> None:
    (root / "images/0001.png").write_bytes(b"")
    assert main(["data", "check", "nyud", str(root), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["splits"] == {"train": 3, "val": 2}
    assert [finding["subject"] for finding in told["findings"]] == ["images/0001.png"]
    assert told["tasks"]["depth"]["files"] == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nyuds", "."], "unknown data set 'nyuds'; did you mean `nyud`?"),
        (["nyud", "{tmp}/nowhere"], "nowhere: no such folder or tar file"),
        (["nyud", "{tmp}"], r"not in the NYUD-v2 layout (no gt_sets/*.txt)"),
        (["nyud", "{tmp}/cut.tar"], "cut.tar: not a readable tar file"),
        (["nyud", "{tmp}/other.zip"], "other.zip: no checksum is published"),
    ],
)
def test_a_wrong_path_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch, capsys, words: list[str], message: str
) -> None:
    monkeypatch.setattr(data, "BENCHMARKS", {"nyud": replace(BENCHMARK, archives={})})
    (tmp_path / "cut.tar").write_bytes(b"x" * 700)
    (tmp_path / "other.zip").write_bytes(PACKED)
    assert main(["data", "check", *(word.format(tmp=tmp_path) for word in words)]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1


@pytest.mark.parametrize(
    ("written", "status", "message"),
    [
        (PACKED, 0, "nothing is wrong"),
        (PACKED[:-1], 1, "has 599 bytes; published: 600 (cut off?)"),
        (PACKED[:-1] + b"x", 1, "has SHA-256 "),
        (gzip.compress(b""), 1, "(cut off?)"),
    ],
)
def test_an_archive_is_compared_with_its_published_checksum(
    tmp_path: Path, monkeypatch, capsys, written: bytes, status: int, message: str
) -> None:
    digest = "ab89099545b943419760f87d82bbea6c15d4dbcb76f3b07b53acf72a2940c7f2"
    archive = Archive(num_bytes=len(PACKED), sha256=digest, source="its authors")
    monkeypatch.setattr(
        data, "BENCHMARKS", {"nyud": replace(BENCHMARK, archives={"a.tar.gz": archive})}
    )
    file = tmp_path / "a.tar.gz"
    file.write_bytes(written)
    assert main(["data", "check", "nyud", str(file)]) == status
    assert message in capsys.readouterr().out
    assert file.read_bytes() == written
