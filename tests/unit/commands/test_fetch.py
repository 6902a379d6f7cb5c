"""`polytask data fetch` as it is typed."""

import errno
from pathlib import Path

import pytest
from packing import contents, tar_gz

from polytask.cli import main
from polytask.commands import fetch as command
from polytask.data.benchmarks import Archive
from polytask.data.fetching import fetch as fetching
from polytask.data.fetching.sources import Source

SOURCE = Source(
    title="A set", folder="set", login="https://x.org",
    copies=({"a.tar.gz": Archive(source="")},), in_a_folder=True,
)  # fmt: skip


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "SOURCES", {"a_set": SOURCE})


@pytest.fixture(params=["data", "elsewhere"])
def folder(request):
    """Where the set goes: the usual place, and another one."""
    downloads = Path(request.param, "downloads")
    downloads.mkdir(parents=True)
    (downloads / "a.tar.gz").write_bytes(tar_gz({"SET/a.txt": b"1"}))
    return request.param


def words(folder):
    return ["data", "fetch", "a_set", *(["elsewhere/set"] if folder == "elsewhere" else [])]


def test_a_data_set_gets_to_its_place(folder, capsys):
    assert main(words(folder)) == 0
    assert contents(Path(folder)).keys() == {"set/a.txt", "downloads/a.tar.gz"}
    assert capsys.readouterr().out == (
        f"{folder}/set is there; read it through: polytask data check a_set {folder}/set\n"
    )


@pytest.mark.parametrize("put", [Path.mkdir, lambda path: path.symlink_to("not mounted")])
def test_what_is_there_is_not_touched(folder, capsys, put):
    put(Path(folder, "set"))
    assert main(words(folder)) == 2
    assert "set: is there already; " in capsys.readouterr().err
    assert contents(Path(folder)).keys() == {"downloads/a.tar.gz"}


def test_an_archive_that_is_cut_off_leaves_nothing_half_written(folder, capsys):
    archive = Path(folder, "downloads/a.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-9])
    assert main(words(folder)) == 2
    told = capsys.readouterr().err
    assert "cut off or damaged" in told and told.count("\n") == 1
    assert [path.name for path in Path(folder).iterdir()] == ["downloads"]


def test_a_full_disk_is_one_line(folder, capsys, monkeypatch):
    def full(*arguments, **how):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching, "unpack", full)
    assert main(words(folder)) == 2
    assert "the disk is full; make room and run it again\n" in capsys.readouterr().err
    assert [path.name for path in Path(folder).iterdir()] == ["downloads"]


def test_an_unknown_name_is_one_line(capsys):
    assert main(["data", "fetch", "a_sett"]) == 2
    assert "unknown data set 'a_sett'; did you mean `a_set`?" in capsys.readouterr().err
