"""The page as a web application: its files, and one answer for each thing that a visitor does.

Answers are JSON: the fields of `callbacks.Shown`, with the name of the visit for the session.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from polytask.demo import views
from polytask.demo.callbacks import Callbacks, Shown
from polytask.demo.look import Explorer
from polytask.demo.photos import MOST_BYTES, PhotoFile, too_large
from polytask.demo.session import Session
from polytask.demo.visits import Visits
from polytask.demo.weights import EVERY_LEVEL

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""What the browser may load: nothing but what this server sends."""
FILES = {"page.css": "text/css", "page.js": "text/javascript"}
MARK = "X-Polytask"
"""A header that pages of other servers cannot send here unasked."""
Step = Callable[[Request, Session | None, str, int], Shown]


class Application:
    """The routes of a page for one model, with photos to begin with."""

    def __init__(self, explorer: Explorer, model: str, examples: Sequence[PhotoFile]) -> None:
        self.callbacks, self.examples = Callbacks(explorer), examples
        self.tasks = explorer.tasks
        self.levels = (EVERY_LEVEL, *range(len(explorer.levels)))
        self.page = views.page(model, explorer, examples)
        self.visits, self.one_at_a_time = Visits(), threading.Lock()

    def starlette(self, hosts: Sequence[str]) -> Starlette:
        """The application; requests must name one of `hosts`, so that no other name leads here."""
        steps: dict[str, Step] = {
            "/example": lambda r, _, task, level: self.callbacks.open(
                self.examples[int(r.query_params["example"])], task, level
            ),
            "/turn": lambda _, session, task, level: self.callbacks.turn(session, task, level),
            "/reset": lambda _, session, task, level: self.callbacks.reset(session, task, level),
            "/only": lambda r, session, task, level: self.callbacks.only(
                int(r.query_params["expert"]), session, task, level
            ),
            "/move": lambda r, session, task, level: self.callbacks.move(
                int(r.query_params["expert"]), session, task, level, float(r.query_params["value"])
            ),
        }
        routes = [
            Route("/", self._page),
            *(Route(f"/{name}", self._file) for name in FILES),
            Route("/open", self._open, methods=["POST"]),
            *(Route(path, self._stepping(step), methods=["POST"]) for path, step in steps.items()),
        ]
        guard = Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
        return Starlette(routes=routes, middleware=[guard])

    async def _page(self, _: Request) -> Response:
        return HTMLResponse(self.page, headers=HEADERS)

    async def _file(self, request: Request) -> Response:
        name = request.url.path.removeprefix("/")
        text = (Path(__file__).parent / name).read_text()
        return Response(text, media_type=FILES[name], headers=HEADERS)

    async def _open(self, request: Request) -> Response:
        """A photo as the body of a request; what is too large is not read to its end."""
        name = request.query_params.get("name", "photo")
        data = await _body(request)
        if data is None:
            return self._answer(request, self.callbacks.refuse(too_large(name)))
        file = PhotoFile(name, data)
        return await self._stepped(
            request, lambda _, __, task, level: self.callbacks.open(file, task, level)
        )

    def _stepping(self, step: Step) -> Callable:
        async def stepped(request: Request) -> Response:
            return await self._stepped(request, step)

        return stepped

    async def _stepped(self, request: Request, step: Step) -> Response:
        """Take a step of the visit that a request names, one at a time in this process."""
        if request.headers.get(MARK) is None:
            return PlainTextResponse("ask from the page itself", 403)
        try:
            shown = await run_in_threadpool(self._take, request, step)
        except (KeyError, ValueError, IndexError):
            return PlainTextResponse("the page asked for what is not there: load it again", 400)
        return self._answer(request, shown)

    def _take(self, request: Request, step: Step) -> Shown:
        asked = request.query_params
        task, level = asked["task"], int(asked["level"])
        if task not in ("", *self.tasks) or level not in self.levels:
            raise KeyError(task, level)
        with self.one_at_a_time:
            return step(request, self.visits.get(asked["visit"]), task, level)

    def _answer(self, request: Request, shown: Shown) -> Response:
        name = self.visits.put(request.query_params.get("visit", ""), shown.session)
        return JSONResponse(
            {**asdict(replace(shown, session=None)), "visit": name}, headers=HEADERS
        )


async def _body(request: Request) -> bytes | None:
    """The body of a request, or None where it is longer than photos may be."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            return None
        pieces.append(piece)
    return b"".join(pieces)
