"""The one exception that is shown to people as a single line, without a traceback."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake that the user can mend: the message names the file, key or task and what to do."""


def advice(name: object, known: Iterable[str]) -> str:
    """What to say about a name that is not among the `known`: the nearest of them, or all."""
    names = list(map(str, known))
    close = difflib.get_close_matches(str(name), names, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known: {', '.join(names)}"
