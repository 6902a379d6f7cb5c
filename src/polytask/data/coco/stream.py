"""Read JSON files that are too large for the memory, object by object.

The files of COCO are one object whose long lists hold objects: `{"images": [...], "annotations":
[...], "categories": [...]}`. Only one piece of the text is held at a time.
"""

import json
from collections.abc import Collection, Iterator
from typing import IO, Any

from polytask.errors import UserError

PIECE = 1 << 20
"""How many characters are read at once."""

LONGEST = 16 * PIECE
"""No entry of these files is as long: what does not end by then is damaged."""

_SPACE = " \t\n\r"
_DECODER = json.JSONDecoder()


def objects(file: IO[str], name: str, keys: Collection[str]) -> Iterator[tuple[str, Any]]:
    """(key, element) of each list under one of the top-level `keys`, in the file's order.

    Raises UserError naming the file where it is not JSON, is cut off, or has no list there.
    """
    text = _Text(file, name)
    missing = set(keys)
    text.expect("{")
    more = not text.take("}")
    while more:
        key = text.value()
        text.expect(":")
        if key in missing:
            missing.remove(key)
            yield from ((key, element) for element in _elements(text))
        elif text.peek() == "[":
            for _ in _elements(text):
                pass
        else:
            text.value()
        more = text.comma_or("}")
    if missing:
        raise UserError(f"{name}: has no {' and no '.join(map(repr, sorted(missing)))}")


def _elements(text: "_Text") -> Iterator[Any]:
    text.expect("[")
    more = not text.take("]")
    while more:
        yield text.value()
        more = text.comma_or("]")


class _Text:
    """A text of which the part that is not yet understood is held."""

    def __init__(self, file: IO[str], name: str) -> None:
        self.file, self.name = file, name
        self.text, self.at = "", 0

    def value(self) -> Any:
        """The next value of any kind."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except (json.JSONDecodeError, RecursionError):
                end = len(self.text)
            if end < len(self.text):  # a number that ends with the text may go on
                self.at = end
                return value
            if len(self.text) - self.at > LONGEST or not self._more():
                raise self._error()

    def peek(self) -> str:
        """The next character that is no space."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                raise self._error()

    def take(self, mark: str) -> bool:
        """Whether `mark` comes next; it is passed over."""
        found = self.peek() == mark
        self.at += found
        return found

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise self._error()

    def comma_or(self, end: str) -> bool:
        """Whether a comma follows and not the `end`."""
        if self.take(end):
            return False
        self.expect(",")
        return True

    def _more(self) -> bool:
        try:
            piece = self.file.read(PIECE)
        except UnicodeDecodeError:
            raise self._error() from None
        self.text, self.at = self.text[self.at :] + piece, 0
        return bool(piece)

    def _error(self) -> UserError:
        return UserError(f"{self.name}: cut off, or not JSON as COCO writes it; replace it")
