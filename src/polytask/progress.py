"""Progress with an estimate of the time left: a bar on a terminal, a line every ten seconds else.

Jobs run side by side and share one log, so a bar that rewrites its line would garble it.
"""

import logging
import sys
import weakref

from tqdm import tqdm

logger = logging.getLogger(__name__)

SECONDS = 10.0
_latest: list[weakref.ref[tqdm]] = []


class _Lines:
    """A file for tqdm that turns each refresh of the bar into a line of the log."""

    def write(self, text: str) -> None:
        line = text.strip("\r\n \x1b[A")
        if line:
            logger.info("%s", line)

    def flush(self) -> None:
        """Nothing is held back."""


def bar(
    description: str, total: int | None, unit: str, initial: int = 0, shown: bool = True
) -> tqdm:
    """A tqdm bar over `total` units, `initial` of them done; `update(n)` it as usual.

    A `total` of None is not known; bytes ("B") are shown as MB and GB. One that is not `shown`
    counts and says nothing.
    """
    on_terminal = sys.stderr.isatty()
    made = tqdm(
        desc=description, total=total, initial=initial, unit=unit, ascii=not on_terminal,
        mininterval=1.0 if on_terminal else SECONDS, maxinterval=60,
        file=sys.stderr if on_terminal else _Lines(), dynamic_ncols=on_terminal,
        ncols=None if on_terminal else 96, leave=on_terminal, miniters=1, unit_scale=unit == "B",
        disable=not shown,
    )  # fmt: skip
    _latest[:] = [weakref.ref(made)]
    return made


def current() -> tqdm | None:
    """The bar that was made last, while it is open: whoever asks may read `n`, `total`, `unit`."""
    found = _latest[0]() if _latest else None
    return None if found is None or found.disable else found
