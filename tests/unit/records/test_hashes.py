"""Hashes are right, remembered, and never remembered wrongly."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from polytask.records.hashes import FileHashes, size_of


@pytest.fixture
def hashes(tmp_path, monkeypatch):
    monkeypatch.setattr("polytask.records.hashes._SETTLED_NS", -1)
    return FileHashes(tmp_path / "cache" / "hashes.sqlite")


def test_hash_is_sha256_and_remembered(hashes, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    wanted = hashlib.sha256(b"abc").hexdigest()
    assert hashes.sha256(file) == wanted
    rows = sqlite3.connect(hashes.database).execute("SELECT path, hash FROM sha256").fetchall()
    assert rows == [(str(file), wanted)]
    assert hashes.sha256(file) == wanted


def test_same_size_and_time_but_other_content_is_noticed(hashes, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    before, stat = hashes.sha256(file), file.stat()
    file.write_bytes(b"abd")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert hashes.sha256(file) != before


def test_a_file_of_this_very_moment_is_not_remembered(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    hashes = FileHashes(tmp_path / "hashes.sqlite")
    hashes.sha256(file)
    rows = sqlite3.connect(hashes.database).execute("SELECT * FROM sha256").fetchall()
    assert rows == []


def test_a_folder_hashes_by_names_and_contents(hashes, tmp_path):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_text("1")
    (folder / "sub" / "b").write_text("22")
    before = hashes.sha256(folder)
    assert size_of(folder) == 3
    (folder / "sub" / "b").rename(folder / "sub" / "c")
    renamed = hashes.sha256(folder)
    (folder / "sub" / "c").rename(folder / "sub" / "b")
    assert hashes.sha256(folder) == before != renamed


def test_many_at_once_and_a_broken_cache_do_no_harm(hashes, tmp_path):
    files = [tmp_path / str(n) for n in range(40)]
    for file in files:
        file.write_text(file.name)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(hashes.sha256, files))
    assert got == [hashlib.sha256(file.name.encode()).hexdigest() for file in files]
    hashes.database.write_bytes(b"not a database, but long enough to be looked at" * 100)
    assert hashes.sha256(files[0]) == got[0]


def test_md5_is_what_dvc_says(tmp_path):
    data = tmp_path / "data"
    (data / "b").mkdir(parents=True)
    (data / "b" / "two").write_text("2")
    (data / "one").write_text("1")
    hashes = FileHashes(tmp_path / "hashes.sqlite")
    for words in (["init", "--no-scm", "-q"], ["add", "--no-commit", "-q", data]):
        subprocess.run([sys.executable, "-m", "dvc", "--cd", tmp_path, *words], check=True)
    noted = yaml.safe_load((tmp_path / "data.dvc").read_text())["outs"][0]["md5"]
    assert hashes.md5(data) == noted
    assert hashes.md5(data / "one") == hashlib.md5(b"1").hexdigest()
