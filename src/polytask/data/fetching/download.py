"""A file from a server: resumed where an earlier try stopped, tried again while that may help."""

import logging
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from polytask.errors import UserError
from polytask.progress import bar

if TYPE_CHECKING:
    import requests

TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
"""HTTP states that may be others soon."""
WAITS = (1.0, 4.0, 15.0, 60.0, 120.0)
"""Seconds before each new try; as soon as more bytes have come they are counted anew."""
SECONDS_TO_CONNECT, SECONDS_OF_SILENCE = 30, 90
CHUNK = 1 << 18
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")

logger = logging.getLogger(__name__)


class Unavailable(UserError):
    """The server does not have the file, or does not give it."""


class _Interrupted(Exception):
    """The transfer has to be tried again."""


def download(url: str, part: Path, num_bytes: int | None = None) -> None:
    """Bring what `url` offers into the file `part`, after the bytes that are there already.

    `num_bytes` is its published size. Proxies are those of the environment (HTTPS_PROXY). Raises
    Unavailable where the server has no such file, UserError where it offers another size or a web
    page, the disk is too small, or the connection breaks again and again. What has come stays.
    """
    import requests  # late: whoever only plans needs it not

    part.parent.mkdir(parents=True, exist_ok=True)
    failures = 0
    while True:
        before = _size(part)
        try:
            _transfer(url, part, num_bytes)
            return
        except (_Interrupted, requests.RequestException) as error:
            failures = 1 if _size(part) > before else failures + 1
            if failures > len(WAITS):
                raise UserError(_broken(url, part, error)) from None
            wait = WAITS[failures - 1]
            logger.warning("%s: %s; trying again in %.0f s", url, _reason(error), wait)
            time.sleep(wait)


def _transfer(url: str, part: Path, num_bytes: int | None) -> None:
    """One try, from where `part` ends."""
    import requests

    have = _size(part)
    if num_bytes is not None and have == num_bytes:
        return
    if num_bytes is not None and have > num_bytes:
        part.unlink()
        have = 0
    asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    patience = (SECONDS_TO_CONNECT, SECONDS_OF_SILENCE)
    with requests.get(url, headers=asked, stream=True, timeout=patience) as reply:
        start, total = _offered(url, reply, part, have)
        if total is not None and total == start:
            return
        _check(url, reply, part, total, num_bytes)
        _check_room(part, start, total)
        _receive(reply, part, start, num_bytes if total is None else total)


def _offered(url: str, reply: "requests.Response", part: Path, have: int) -> tuple[int, int | None]:
    """At which byte the reply starts, and how many the whole file has, where the server says so."""
    place = _RANGE.fullmatch(reply.headers.get("Content-Range", ""))
    whole = int(place[2]) if place and place[2] != "*" else None
    if reply.status_code == 416 and whole == have:
        return have, have
    wrong_place = reply.status_code == 206 and not (place and place[1] == str(have))
    if reply.status_code == 416 or wrong_place:  # the file there is another one by now
        part.unlink()
        raise _Interrupted("cannot go on in the middle")
    if reply.status_code in TRANSIENT:
        raise _Interrupted(f"the server says {reply.status_code} {reply.reason}")
    if reply.status_code not in (200, 206):
        raise Unavailable(f"{url}: the server says {reply.status_code} {reply.reason}")
    if reply.status_code == 206:
        return have, whole
    length = reply.headers.get("Content-Length")
    return 0, int(length) if length else None


def _check(
    url: str, reply: "requests.Response", part: Path, total: int | None, num_bytes: int | None
) -> None:
    """Raise UserError for what is not worth a transfer."""
    if reply.headers.get("Content-Type", "").startswith("text/html"):
        raise UserError(
            f"{url}: sends a web page, not an archive (a login, a question, or it moved); get it "
            f"with a browser and put it at {part.with_suffix('')}"
        )
    if None not in (total, num_bytes) and total != num_bytes:
        raise UserError(
            f"{url}: the server offers {total:,} bytes, published are {num_bytes:,}: another file"
        )


def _check_room(part: Path, start: int, total: int | None) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - start > free:
        raise UserError(
            f"{part.parent}: {free / 1e9:.1f} GB are free, and {(total - start) / 1e9:.1f} GB are "
            "still to come; make room"
        )


def _receive(reply: "requests.Response", part: Path, start: int, total: int | None) -> None:
    """Write what comes; raises _Interrupted where it ends early."""
    from urllib3.exceptions import HTTPError

    mode: Literal["ab", "wb"] = "ab" if start else "wb"  # without Range it starts again
    name = part.with_suffix("").name
    with part.open(mode) as file, bar(name, total, "B", start) as progress:
        try:  # as it is: some servers call a .tar.gz a tar that they have compressed on the way
            for chunk in reply.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                progress.update(len(chunk))
        except HTTPError:
            raise _Interrupted("the connection broke") from None
    if total is not None and _size(part) < total:
        raise _Interrupted("the connection ended early")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _broken(url: str, part: Path, error: Exception) -> str:
    kept = f"; {_size(part):,} bytes stay in {part}" if _size(part) else ""
    return f"{url}: {_reason(error)}{kept}; run it again to go on"


def _reason(error: Exception) -> str:
    """What went wrong, short: what requests says nests three exceptions and a URL."""
    import requests

    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refuses (HTTPS_PROXY)"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return "the connection broke" if isinstance(error, requests.RequestException) else str(error)
