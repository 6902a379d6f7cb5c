"""SIGTERM and SIGUSR1 ask a training to stop: at the next step, when its state is whole.

A signal to one of several processes stops all of them after the same step.
"""

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from polytask.across_processes import largest

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)

Item = TypeVar("Item")


class StopRequest:
    """`signal` is the number of the one that asked, or 0."""

    def __init__(self) -> None:
        self.signal = 0
        self.handlers: dict[int, Any] = {}

    def until(self, batches: Iterable[Item]) -> Iterator[Item]:
        """The batches until a stop is asked for; processes decide about each of them together."""
        upcoming = iter(batches)
        while True:
            batch = self._next(upcoming)
            if self.agreed() or batch is None:
                return
            yield batch

    def agreed(self) -> int:
        """The signal of any process, or 0; all of them ask."""
        self.signal = largest(self.signal)
        return self.signal

    def _next(self, batches: Iterator[Item]) -> Item | None:
        try:
            return next(batches, None)
        except RuntimeError:  # loader workers got the signal too, and have gone
            if not self.signal:
                raise
        return None

    def take(self, number: int, handler: Any) -> None:
        """Replace a signal's handler until `give_back`."""
        self.handlers.setdefault(number, signal.signal(number, handler))

    def give_back(self) -> None:
        """Every signal does again what it did before."""
        for number, handler in self.handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """Remember the signal; loader workers that end of it as well must not fail this step."""
        self.signal = self.signal or number
        if callable(signal.getsignal(signal.SIGCHLD)):
            self.take(signal.SIGCHLD, lambda *_: None)


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Within the block the signals only ask; afterwards they are what they were.

    Outside of the main thread, where Python allows no handlers, nothing ever asks.
    """
    request = StopRequest()
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            request.take(number, request.ask)
    try:
        yield request
    finally:
        request.give_back()
