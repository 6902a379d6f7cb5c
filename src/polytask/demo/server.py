"""Serves the page on this computer: no analytics, no share links, nothing from the network."""

import contextlib
import ipaddress
import logging
import os
import socket
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.errors import UserError

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response
    from gradio import Blocks

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; form-action 'self'"
)
"""What the browser may load: nothing but what this server sends."""


def prepare(folder: Path) -> None:
    """Tell gradio, before it is imported, to be quiet and to keep uploads in `folder`."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    logging.getLogger("httpx").setLevel(logging.WARNING)


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches a host of that name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; UserError where the port is taken or the host is not of this computer."""
    try:
        return socket.create_server((host, port), family=_family(host))
    except (OSError, OverflowError) as error:
        words = getattr(error, "strerror", None) or error
        raise UserError(
            f"--host {host} --port {port}: {words}; try --port 0 for a free port"
        ) from None


def app(blocks: "Blocks", css: str, theme: object) -> "FastAPI":
    """The page as a web application that forbids the browser every other server."""
    import gradio
    from fastapi import FastAPI

    from polytask.demo.photos import MOST_BYTES

    outer = FastAPI(openapi_url=None)

    @outer.middleware("http")
    async def _policy(request: "Request", call_next) -> "Response":
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return gradio.mount_gradio_app(
        outer, blocks, path="/", footer_links=[], run_history=False, max_file_size=MOST_BYTES,
        ssr_mode=False, mcp_server=False, enable_monitoring=False, pwa=False, theme=theme, css=css,
    )  # fmt: skip


def serve(model: Path, *, host: str, port: int, images: Path | None, open_browser: bool) -> None:
    """Show the page until it is interrupted.

    Raises UserError for a model or a folder that cannot be read, and for a port that is taken.
    """
    listening = bound(host, port)
    with listening, tempfile.TemporaryDirectory(prefix="polytask-demo-") as folder:
        prepare(Path(folder))
        from polytask.demo.look import open_explorer
        from polytask.demo.photos import examples

        explorer, first = open_explorer(model), examples(model, images, Path(folder))
        import uvicorn

        from polytask.demo.page import build, style, theme
        from polytask.demo.views import heading

        blocks = build(explorer, heading(str(model), explorer.tasks, explorer.experts), first)
        address = f"http://{_named(host)}:{listening.getsockname()[1]}/"
        if not is_loopback(host):
            warning = f"polytask demo: --host {host}: others in the network can use this page too"
            print(warning, file=sys.stderr)
        print(f"polytask demo: {address} (Ctrl-C ends it)", flush=True)
        if open_browser:
            threading.Timer(1.0, webbrowser.open, [address]).start()
        config = uvicorn.Config(app(blocks, style(), theme()), log_level="warning")
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _named(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
