"""What the page shows after each thing that a user does; knows sessions and views, no toolkit."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from polytask.demo import views
from polytask.demo.changes import change
from polytask.demo.look import Explorer, RoutedExplorer
from polytask.demo.photos import PhotoFile
from polytask.demo.session import Session, begin, give_all, move, reset
from polytask.demo.weights import shown
from polytask.errors import UserError


@dataclass(frozen=True)
class Shown:
    """The state of a page: pieces of HTML and the sliders' positions; None stays as it is."""

    session: Session | None
    message: str = ""
    photo: str | None = None
    gallery: str | None = None
    gates: str = ""
    comparison: str = ""
    sliders: list[float] | None = None


@dataclass(frozen=True)
class Callbacks:
    """The steps of a visit; each returns what is to be seen then.

    A UserError becomes the message, and all else stays. `task` is the chosen task, `level` the
    chosen level or `weights.EVERY_LEVEL`.
    """

    explorer: Explorer

    def open(self, photo: PhotoFile, task: str, level: int) -> Shown:
        """A photo was brought."""
        try:
            session = begin(self.explorer, photo)
        except UserError as error:
            return self.refuse(error)
        return replace(self.turn(session, task, level), photo=views.photo(session.look))

    def refuse(self, reason: object) -> Shown:
        """What was brought is no photo that can be looked at: the page is empty but for a line."""
        nothing = views.nothing_yet()
        return Shown(None, message=views.message(reason), photo="", gallery=nothing)

    def turn(self, session: Session | None, task: str, level: int) -> Shown:
        """Another task or level was chosen."""
        if session is None:
            return Shown(None)
        view = replace(self._view(session, task), gallery=views.gallery(session.look, task))
        if session.look.mixture is None:
            return view
        return replace(view, sliders=shown(session.weights(task), level))

    def move(
        self, expert: int, session: Session | None, task: str, level: int, value: float
    ) -> Shown:
        """A slider was moved; it and the others stay where they are."""
        return self._changed(session, lambda now: move(now, task, level, expert, value), task)

    def only(self, expert: int, session: Session | None, task: str, level: int) -> Shown:
        """One expert gets all the weight."""
        then = self._changed(session, lambda now: give_all(now, task, level, expert), task)
        return self._with_sliders(then, task, level)

    def reset(self, session: Session | None, task: str, level: int) -> Shown:
        """The routers decide again."""
        then = self._changed(session, lambda now: reset(now, task), task)
        return self._with_sliders(then, task, level)

    def _with_sliders(self, view: Shown, task: str, level: int) -> Shown:
        if view.session is None:
            return view
        return replace(view, sliders=shown(view.session.weights(task), level))

    def _changed(
        self, session: Session | None, step: Callable[[Session], Session], task: str
    ) -> Shown:
        if session is None:
            return Shown(None, message=views.message("bring a photo first"))
        try:
            return self._view(step(session), task)
        except UserError as error:
            return replace(self._view(session, task), message=views.message(error))

    def _view(self, session: Session, task: str) -> Shown:
        """Gates and comparison of a task; nothing of either for models without routers."""
        if not isinstance(self.explorer, RoutedExplorer):
            return Shown(session)
        explorer, own = self.explorer, session.look.mixture.found[task]
        given, milliseconds = own, 0.0
        if session.is_moved(task):
            start = time.perf_counter()
            given = explorer.again(session.look, task, session.weights(task))
            milliseconds = 1000 * (time.perf_counter() - start)
        return Shown(
            session,
            gates=views.gates(session, task, explorer.experts, explorer.levels),
            comparison=views.comparison(
                session, task, given, change(task, own, given), milliseconds
            ),
        )
