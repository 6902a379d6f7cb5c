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


DIGESTS = {
    "sha256": ("SHA-256", "ab89099545b943419760f87d82bbea6c15d4dbcb76f3b07b53acf72a2940c7f2"),
    "sha1": ("SHA-1", "45bfbf65a1f785b1ffe896fcfde5481d2aefb72b"),
    "md5": ("MD5", "8e3618ca787ea14a4a9637c7f6c52c32"),
}


def check_file(
    tmp_path: Path, monkeypatch, archives: dict[str, Archive], name: str, written: bytes
) -> int:
    monkeypatch.setattr(data, "BENCHMARKS", {"nyud": replace(BENCHMARK, archives=archives)})
    file = tmp_path / name
    file.write_bytes(written)
    status = main(["data", "check", "nyud", str(file)])
    assert file.read_bytes() == written
    return status


@pytest.mark.parametrize("algorithm", DIGESTS)
@pytest.mark.parametrize(
    ("written", "status", "message"),
    [
        (PACKED, 0, "nothing is wrong"),
        (PACKED[:-1], 1, "has 599 bytes; published: 600 (cut off?)"),
        (PACKED[:-1] + b"x", 1, "has {name} "),
        (gzip.compress(b"", mtime=0), 1, "(cut off?)"),
    ],
)
def test_an_archive_is_compared_with_its_published_checksum(
    tmp_path: Path, monkeypatch, capsys, algorithm: str, written: bytes, status: int, message: str
) -> None:
    name, digest = DIGESTS[algorithm]
    archive = Archive(num_bytes=600, checksum=f"{algorithm}:{digest}", source="its authors")
    assert check_file(tmp_path, monkeypatch, {"a.tar.gz": archive}, "a.tar.gz", written) == status
    told = capsys.readouterr().out
    assert f"compared by its size and {name}\n" in told
    assert message.format(name=name) in told


def test_a_published_tar_goes_by_its_name(tmp_path: Path, monkeypatch, capsys) -> None:
    archives = {"a.tar": Archive(num_bytes=600, source="its authors")}
    assert check_file(tmp_path, monkeypatch, archives, "a.tar", PACKED) == 0
    assert "a.tar: compared by its size\nnothing is wrong" in capsys.readouterr().out
    assert check_file(tmp_path, monkeypatch, archives, "b.tar", PACKED) == 2
    assert "b.tar: not a readable tar file" in capsys.readouterr().err


def test_another_name_among_several_archives_is_told(tmp_path: Path, monkeypatch, capsys) -> None:
    archives = {name: Archive(num_bytes=600, source="its authors") for name in ("a.zip", "b.zip")}
    assert check_file(tmp_path, monkeypatch, archives, "c.zip", PACKED) == 2
    told = capsys.readouterr().err
    assert "c.zip: no checksum is published of this name, but of a.zip, b.zip; unpack" in told


def test_an_archive_of_which_nothing_is_published_is_not_passed(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    archives = {"a.rar": Archive(url="https://example.org/a.rar", source="its authors")}
    assert check_file(tmp_path, monkeypatch, archives, "a.rar", PACKED) == 2
    assert "a.rar: no checksum is published" in capsys.readouterr().err
