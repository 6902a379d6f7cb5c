"""A server on this machine, which sends one file as real servers do, and as bad ones."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Server:
    """What is sent, and what was asked: the `Range` of every request."""

    content: bytes
    url: str = ""
    ranges: bool = True
    says_length: bool = True
    content_type: str = "application/octet-stream"
    encoding: str | None = None
    states: list[int] = field(default_factory=list)  # of the next replies, before 200
    cuts: list[int] = field(default_factory=list)  # after how many bytes the next ones break off
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def serving(content: bytes, name: str = "a.tar.gz", **how: object) -> Iterator[Server]:
    """Serve `content` under any name on the loopback interface while the block runs."""
    about = Server(content, **how)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"about": about}))
    about.url = f"http://127.0.0.1:{listener.server_port}/{name}"
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield about
    finally:
        listener.shutdown()
        listener.server_close()


class _Handler(BaseHTTPRequestHandler):
    about: Server

    def do_GET(self) -> None:
        about = self.about
        asked = self.headers.get("Range")
        about.asked.append(asked)
        if about.states:
            self.send_error(about.states.pop(0))
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and about.ranges else 0
        total = len(about.content)
        if start >= total:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{total}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", about.content_type)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if about.encoding:
            self.send_header("Content-Encoding", about.encoding)
        if about.says_length:
            self.send_header("Content-Length", str(total - start))
        self.end_headers()
        cut = about.cuts.pop(0) if about.cuts else total
        self.wfile.write(about.content[start : start + cut])

    def log_message(self, *words: object) -> None:
        """Nothing."""
