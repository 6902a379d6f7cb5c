"""The sessions of those who look at the page, in memory."""

import secrets
from collections import OrderedDict

from polytask.demo.session import Session

MOST = 8
"""How many are kept; each holds what a model said of a photo."""


class Visits:
    """Sessions by a name that cannot be guessed; the one not used for longest goes first."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def get(self, name: str) -> Session | None:
        """The session of that name, or None where there is none (any more)."""
        if name in self._sessions:
            self._sessions.move_to_end(name)
        return self._sessions.get(name)

    def put(self, name: str, session: Session | None) -> str:
        """Keep a session under a name, or under a new one; returns it, "" for no session."""
        if session is None:
            self._sessions.pop(name, None)
            return ""
        name = name if name in self._sessions else secrets.token_urlsafe(16)
        self._sessions[name] = session
        self._sessions.move_to_end(name)
        while len(self._sessions) > MOST:
            self._sessions.popitem(last=False)
        return name
