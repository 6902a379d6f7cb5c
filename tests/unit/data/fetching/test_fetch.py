"""A data set gets to its place whole, from archives that are the published ones, or not at all."""

import fcntl
import hashlib
import os
import shutil
from dataclasses import replace
from threading import Thread
from types import SimpleNamespace

import pytest
from packing import contents, tar_gz
from serving import serving

from polytask.data.benchmarks import BENCHMARKS, Archive
from polytask.data.fetching.fetch import fetch
from polytask.data.fetching.sources import SOURCES, Source
from polytask.errors import UserError

FILES = {"gt_sets/train.txt": b"0001\n", "images/0001.png": b"png"}
PACKED = tar_gz({f"NYUDv2/{name}": content for name, content in FILES.items()})


def published(content=PACKED, url=None):
    """What is said of an archive with this content."""
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Archive(url=url, num_bytes=len(content), checksum=checksum, source="its authors")


def source(*copies, **how):
    return Source(title="NYUD-v2", folder="NYUDv2", copies=copies, in_a_folder=True, **how)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data" / "NYUDv2"


@pytest.fixture
def downloads(root):
    return root.parent / "downloads"


@pytest.fixture
def place(tmp_path):
    """Where it is written, and put in its place by whoever asked."""
    return tmp_path / "new"


BAD = r"downloads/a\.tar\.gz: has .*; put the right one there, or remove it"


def put(downloads, **files):
    downloads.mkdir(parents=True)
    for name, content in files.items():
        (downloads / f"{name}.tar.gz").write_bytes(content)


def test_it_is_downloaded_compared_and_unpacked(root, place, downloads):
    with serving(PACKED) as server:
        fetch(source({"a.tar.gz": published(url=server.url)}), root, place)
    assert contents(place) == FILES
    assert contents(downloads) == {"a.tar.gz": PACKED}


def test_what_lies_there_is_compared_and_not_asked_for(root, place, downloads):
    put(downloads, a=PACKED)
    with serving(PACKED) as server:
        fetch(source({"a.tar.gz": published(url=server.url)}), root, place)
    assert contents(place) == FILES
    assert server.asked == []


@pytest.mark.parametrize("kept", [PACKED[:-1], PACKED[:-1] + b"x"])
def test_what_somebody_put_there_stays_though_it_is_another_file(root, place, downloads, kept):
    put(downloads, a=kept)
    with serving(PACKED) as server, pytest.raises(UserError, match=BAD):
        fetch(source({"a.tar.gz": published(url=server.url)}), root, place)
    assert contents(downloads) == {"a.tar.gz": kept}
    assert server.asked == []
    assert not place.exists()


def test_a_download_with_another_checksum_is_kept_under_another_name(root, place, downloads):
    other = PACKED[:-1] + bytes([PACKED[-1] ^ 1])
    with (
        serving(other) as server,
        pytest.raises(UserError, match=r"has SHA-256 .*; kept as .*a\.tar\.gz\.bad, the next run"),
    ):
        fetch(source({"a.tar.gz": published(url=server.url)}), root, place)
    assert contents(downloads) == {"a.tar.gz.bad": other}
    with serving(PACKED) as server:
        fetch(source({"a.tar.gz": published(url=server.url)}), root, place)
    assert contents(place) == FILES


def test_a_page_that_says_that_it_is_a_file_is_no_archive(root, place, downloads):
    page = b"<!DOCTYPE html>Google Drive - Virus scan warning"
    with (
        serving(page) as server,
        pytest.raises(UserError, match=r"part: a web page, not an archive; kept as"),
    ):
        fetch(source({"a.tar.gz": Archive(url=server.url, source="")}), root, place)
    assert contents(downloads) == {"a.tar.gz.bad": page}


def test_another_copy_is_taken_where_the_first_is_gone(root, place, downloads):
    with serving(PACKED, states=[404]) as server:
        copies = [{f"{name}.tar.gz": published(url=server.url)} for name in "ab"]
        fetch(source(*copies), root, place)
    assert contents(place) == FILES
    assert list(contents(downloads)) == ["b.tar.gz"]


def test_the_copy_that_lies_there_is_taken_first(root, place, downloads):
    put(downloads, b=PACKED)
    with serving(PACKED) as server:
        copies = [{f"{name}.tar.gz": published(url=server.url)} for name in "ab"]
        fetch(source(*copies), root, place)
    assert server.asked == []


def test_where_a_login_is_needed_one_sentence_says_what_is_missing(root, place, downloads):
    put(downloads, b=PACKED)
    needed = source({f"{name}.tar.gz": published() for name in "abc"}, login="https://x.org")
    with pytest.raises(UserError) as error:
        fetch(needed, root, place)
    assert str(error.value) == (
        "NYUD-v2 needs a login: register at https://x.org, put a.tar.gz, c.tar.gz into "
        f"{downloads}, and run this again, which checks and unpacks them"
    )


def test_what_a_login_gave_is_checked_and_unpacked(root, place, downloads):
    images, labels = (tar_gz({f"{name}.txt": b""}) for name in ("image", "label"))
    put(downloads, a=images, b=labels)
    needed = Source(
        title="", folder="", login="https://x.org", places={"b.tar.gz": "labels"},
        copies=({"a.tar.gz": published(images), "b.tar.gz": published(labels)},),
    )  # fmt: skip
    fetch(needed, root, place)
    assert contents(place) == {"image.txt": b"", "labels/label.txt": b""}


def test_what_only_hands_can_bring_is_said_in_one_sentence(root, place):
    by_hand = Source(title="", folder="", by_hand="unpack it so that {root}/RGB is there")
    with pytest.raises(UserError, match=f"^unpack it so that {root}/RGB is there$"):
        fetch(by_hand, root, place)


@pytest.mark.parametrize(("have", "enough"), [(0, 200), (40, 160), (100, 100)])
def test_the_disk_must_have_room_for_what_is_to_come_and_to_unpack(
    root, place, downloads, monkeypatch, have, enough
):
    size = len(PACKED)
    put(downloads)
    name = "a.tar.gz" if have == 100 else "a.tar.gz.part"
    (downloads / name).write_bytes(PACKED[: size * have // 100])
    free = SimpleNamespace(free=size * enough // 100 - 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    with serving(PACKED) as server:
        wanted = source({"a.tar.gz": published(url=server.url)})
        with pytest.raises(UserError, match=r"GB are needed at least"):
            fetch(wanted, root, place)
        assert server.asked == []
        free.free += 4
        fetch(wanted, root, place)


def test_two_that_fetch_into_one_folder_take_turns(root, place, downloads):
    put(downloads, a=PACKED)
    lock = os.open(downloads, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    other = Thread(target=fetch, args=(source({"a.tar.gz": published()}), root, place))
    other.start()
    other.join(0.2)
    assert other.is_alive() and not place.exists()
    os.close(lock)
    other.join(5)
    assert contents(place) == FILES


def test_no_two_sources_share_a_folder():
    folders = [source.folder for source in SOURCES.values()]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_can_be_fetched_or_says_how_to_get_it(name):
    wanted = SOURCES[name]
    urls = [archive.url for copy in wanted.copies for archive in copy.values()]
    assert (not urls) == bool(wanted.by_hand)
    assert (None in urls) == bool(wanted.login)
    assert all(set(wanted.places) <= set(copy) for copy in wanted.copies)


def test_every_benchmark_with_archives_has_a_source():
    with_archives = {name for name, benchmark in BENCHMARKS.items() if benchmark.archives}
    assert with_archives <= set(SOURCES)


def test_a_changed_archive_is_found_whatever_its_algorithm(root, place, downloads):
    put(downloads, a=PACKED)
    md5 = replace(published(), checksum=f"md5:{hashlib.md5(b'other').hexdigest()}")
    with pytest.raises(UserError, match="has MD5 "):
        fetch(source({"a.tar.gz": md5}), root, place)
