"""A download goes on where it stopped, and says in one line why it cannot."""

import gzip
import shutil
from types import SimpleNamespace

import pytest
from serving import serving

from polytask.data.fetching.download import WAITS, Unavailable, download
from polytask.errors import UserError

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def part(tmp_path):
    return tmp_path / "downloads" / "a.tar.gz.part"


def put(part, content):
    part.parent.mkdir()
    part.write_bytes(content)


@pytest.mark.parametrize("says_length", [True, False])
def test_a_file_comes_whole(part, says_length):
    with serving(CONTENT, says_length=says_length) as server:
        download(server.url, part)
    assert part.read_bytes() == CONTENT
    assert server.asked == [None]


def test_an_archive_that_the_server_calls_encoded_stays_packed(part):
    packed = gzip.compress(CONTENT)
    with serving(packed, encoding="x-gzip") as server:
        download(server.url, part, len(packed))
    assert part.read_bytes() == packed


@pytest.mark.parametrize("says_length", [True, False])
def test_it_goes_on_where_the_connection_broke(part, at_once, says_length):
    with serving(CONTENT, cuts=[1000, 500_000], says_length=says_length) as server:
        download(server.url, part, len(CONTENT))
    assert part.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1000-", "bytes=501000-"]
    assert at_once == [WAITS[0], WAITS[0]]  # each brought something


def test_it_goes_on_after_an_earlier_run(part):
    put(part, CONTENT[:12345])
    with serving(CONTENT) as server:
        download(server.url, part)
    assert part.read_bytes() == CONTENT
    assert server.asked == ["bytes=12345-"]


def test_without_ranges_it_starts_again(part):
    put(part, b"x" * 12345)
    with serving(CONTENT, ranges=False) as server:
        download(server.url, part)
    assert part.read_bytes() == CONTENT


def test_what_is_whole_is_not_asked_for(part):
    put(part, CONTENT)
    with serving(CONTENT) as server:
        download(server.url, part, len(CONTENT))
    assert server.asked == []


def test_what_is_whole_is_recognised_without_a_published_size(part):
    put(part, CONTENT)
    with serving(CONTENT) as server:
        download(server.url, part)
    assert (part.read_bytes(), server.asked) == (CONTENT, [f"bytes={len(CONTENT)}-"])


@pytest.mark.parametrize("num_bytes", [None, len(CONTENT)])
def test_more_than_there_is_starts_again(part, num_bytes):
    put(part, CONTENT + b"more")
    with serving(CONTENT) as server:
        download(server.url, part, num_bytes)
    assert part.read_bytes() == CONTENT


def test_a_busy_server_is_asked_again_later_and_later(part, at_once):
    with serving(CONTENT, states=[503, 429]) as server:
        download(server.url, part)
    assert part.read_bytes() == CONTENT
    assert at_once == [WAITS[0], WAITS[1]]


def test_a_server_that_stays_busy_is_given_up(part, at_once):
    with (
        serving(CONTENT, states=[503] * 9) as server,
        pytest.raises(UserError, match=r"the server says 503 .*run it again to go on$"),
    ):
        download(server.url, part)
    assert at_once == list(WAITS)
    assert not part.exists()


def test_what_came_before_it_was_given_up_stays(part):
    put(part, CONTENT[:10])
    with serving(CONTENT) as server:
        pass
    with pytest.raises(UserError, match=r"no connection; 10 bytes stay in .*\.part; run it again"):
        download(server.url, part)
    assert part.read_bytes() == CONTENT[:10]


def test_a_file_that_is_not_there_is_not_asked_for_again(part, at_once):
    with (
        serving(CONTENT, states=[404]) as server,
        pytest.raises(Unavailable, match="the server says 404 Not Found"),
    ):
        download(server.url, part)
    assert at_once == []


def test_a_web_page_is_refused_before_anything_is_written(part):
    with (
        serving(b"<html>Sign in", content_type="text/html; charset=utf-8") as server,
        pytest.raises(UserError, match=r"sends a web page, .* put it at .*downloads/a\.tar\.gz$"),
    ):
        download(server.url, part)
    assert not part.exists()


def test_another_size_than_published_is_refused_before_anything_is_written(part):
    with (
        serving(CONTENT) as server,
        pytest.raises(UserError, match=r"offers 1,024,000 bytes, published are 7: another file"),
    ):
        download(server.url, part, 7)
    assert not part.exists()


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(part, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000_000))
    with serving(CONTENT) as server, pytest.raises(UserError, match=r"GB are free.*make room"):
        download(server.url, part)
    assert not part.exists()


def test_a_proxy_of_the_environment_is_asked(part, monkeypatch):
    with serving(CONTENT) as proxy:
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("http_proxy", proxy.url.rpartition("/")[0])
        download("http://example.invalid/a.tar.gz", part)
    assert part.read_bytes() == CONTENT
