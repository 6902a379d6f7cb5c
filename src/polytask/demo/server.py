"""Serves the page on this computer, until Ctrl-C."""

import contextlib
import ipaddress
import socket
import sys
import threading
import webbrowser
from pathlib import Path

import uvicorn

from polytask.demo.application import Application
from polytask.demo.look import open_explorer
from polytask.demo.photos import examples
from polytask.errors import UserError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches a host of that name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; UserError where the port is taken or the host is not of this computer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        words = getattr(error, "strerror", None) or error
        message = f"--host {host} --port {port}: {words}; try --port 0 for a free port"
        raise UserError(message) from None


def serve(model: Path, *, host: str, port: int, images: Path | None, open_browser: bool) -> None:
    """Show the page until it is interrupted.

    Raises UserError for a model or a folder that cannot be read, and for a port that is taken.
    """
    with bound(host, port) as listening:
        page = Application(open_explorer(model), str(model), examples(model, images))
        address = f"http://{_named(host)}:{listening.getsockname()[1]}/"
        if not is_loopback(host):
            warning = f"polytask demo: --host {host}: others in the network can use this page too"
            print(warning, file=sys.stderr)
        print(f"polytask demo: {address} (Ctrl-C ends it)", flush=True)
        if open_browser:
            threading.Timer(0.5, webbrowser.open, [address]).start()
        hosts = [*LOOPBACK, _named(host)] if is_loopback(host) else ["*"]
        config = uvicorn.Config(page.starlette(hosts), log_level="warning", lifespan="off")
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def _named(host: str) -> str:
    """How a host is written in an address that this computer opens."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
