"""Names in params.yaml that point at an entry of it."""

from collections.abc import Iterable

from polytask.errors import UserError, advice


def require_entry(where: str, name: str, entries: Iterable[str]) -> None:
    """Raise UserError, with the nearest ones, where `name` at the key `where` is no entry."""
    if name not in (known := list(entries)):
        raise UserError(f"{where}: no entry {name!r}; {advice(name, known)}")
