"""The JSON files of COCO in a tree, entry by entry."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from polytask.data.coco.stream import objects
from polytask.data.tree import FileTree
from polytask.errors import UserError

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class JSONFile:
    """One file, read anew each time."""

    tree: FileTree
    name: str

    @property
    def path(self) -> str:
        """The file as messages name it."""
        return f"{self.tree.root}/{self.name}"

    def entries(self, *keys: str) -> Iterator[tuple[str, Any]]:
        """(key, element) of each list under one of the `keys`, as `stream.objects` reads them."""
        with io.TextIOWrapper(self.tree.open(self.name), encoding="utf-8") as text:
            yield from objects(text, self.path, keys)

    def parsed(self, key: str, parse: Callable[[Any], Parsed]) -> Iterator[Parsed]:
        """What `parse` makes of each element; raises UserError showing the one that it refuses."""
        for _, entry in self.entries(key):
            try:
                yield parse(entry)
            except (LookupError, TypeError, ValueError, RuntimeError):
                raise self.odd(key, entry) from None

    def odd(self, key: str, entry: Any) -> UserError:
        """The error to raise where an element is not as COCO's."""
        told = json.dumps(entry)[:60]
        return UserError(f"{self.path}: an entry of {key!r} is not as COCO's: {told}")
