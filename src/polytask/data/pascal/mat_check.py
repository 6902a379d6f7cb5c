"""Whether a MATLAB file (version 5) is whole, before scipy reads it.

scipy trusts the numbers in a file: a damaged type or length can end the process. So every element
is walked first, as MathWorks' "MAT-File Format" has them.
"""

import math
import struct
import zlib

HEADER = 128
MATRIX, COMPRESSED = 14, 15
INT8, INT32, UINT32 = 1, 5, 6
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
"""Bytes of one number, by type."""

TEXT = {1, 2, 3, 4, 16, 17, 18}
CELL, STRUCT, CHAR = 1, 2, 4
NUMBERS = range(6, 16)
"""Classes of arrays; all others (sparse, objects, functions) have no place in an annotation."""

COMPLEX = 1 << 11
MAX_DIMS = 32


def check_mat(data: bytes) -> None:
    """Raise ValueError, or what struct and zlib raise, unless all elements of a file are whole."""
    order = {b"IM": "<", b"MI": ">"}.get(data[126:HEADER])
    version = data[124:126] if order == ">" else data[125:123:-1]
    if order is None or version != b"\1\0" or 0 in data[:4]:
        raise ValueError("no MATLAB file of version 5")
    elements = _Elements(data, HEADER, len(data), order)
    while len(elements):
        kind, inside = elements.take(padded=False)
        if kind == COMPRESSED:
            unpacked = zlib.decompress(data[inside.at : inside.end])
            whole = _Elements(unpacked, 0, len(unpacked), order)
            kind, inside = whole.take()
            whole.finish()
        if kind != MATRIX or not len(inside):
            raise ValueError(f"a variable of type {kind}")
        _check_matrix(inside)


class _Elements:
    """The elements between two places of `data`, taken one by one; none reaches beyond the end."""

    def __init__(self, data: bytes, at: int, end: int, order: str) -> None:
        self.data, self.at, self.end, self.order = data, at, end, order

    def take(self, *, padded: bool = True) -> tuple[int, "_Elements"]:
        """The type of the next element, and what lies in it."""
        (word,) = self._words(self.at, 1)
        if word >> 16:  # a small one: length, type, and up to four bytes
            kind, length, start, after = word & 0xFFFF, word >> 16, self.at + 4, self.at + 8
            if length > 4:
                raise ValueError("a small element of more than four bytes")
        else:
            kind, (length,), start = word, self._words(self.at + 4, 1), self.at + 8
            after = start + length + (-length % 8 if padded else 0)
        if after > self.end:
            raise ValueError("an element reaches beyond its end")
        self.at = after
        return kind, _Elements(self.data, start, start + length, self.order)

    def finish(self) -> None:
        """Raise ValueError where something comes after the last element that was taken."""
        if len(self):
            raise ValueError("bytes are left over")

    def take_words(self, kind: int) -> tuple[int, ...]:
        """The next element, of 4-byte numbers of one type."""
        found, inside = self.take()
        if found != kind or len(inside) % 4:
            raise ValueError(f"type {found} where {kind} belongs")
        return inside._words(inside.at, len(inside) // 4)

    def take_text(self) -> int:
        """The length of the next element, a name or names."""
        found, inside = self.take()
        if found != INT8:
            raise ValueError(f"a name of type {found}")
        return len(inside)

    def __len__(self) -> int:
        return self.end - self.at

    def _words(self, at: int, count: int) -> tuple[int, ...]:
        if at + 4 * count > self.end:
            raise ValueError("an element is cut off")
        return struct.unpack_from(f"{self.order}{count}I", self.data, at)


def _check_matrix(inside: _Elements) -> None:
    """Raise ValueError unless an array, with all that is nested in it, fills its element."""
    if not len(inside):
        return  # an empty array may be written as nothing at all
    if inside._words(inside.at, 2) != (UINT32, 8):
        raise ValueError("no flags of an array")
    flags, _ = inside.take_words(UINT32)
    dims = inside.take_words(INT32)
    if not 2 <= len(dims) <= MAX_DIMS or max(dims) >= 1 << 31:
        raise ValueError(f"an array of the shape {dims}")
    inside.take_text()
    array_class, count = flags & 0xFF, math.prod(dims)
    if array_class in (CELL, STRUCT):
        _check_nested(inside, count, is_struct=array_class == STRUCT)
    elif array_class == CHAR:
        kind, text = inside.take()
        if kind not in TEXT or len(text) < count:
            raise ValueError("text of another length")
    elif array_class in NUMBERS:
        for _ in range(2 if flags & COMPLEX else 1):
            kind, numbers = inside.take()
            if kind not in SIZES or len(numbers) != count * SIZES[kind]:
                raise ValueError("numbers of another length")
    else:
        raise ValueError(f"an array of class {array_class}")
    inside.finish()


def _check_nested(inside: _Elements, count: int, *, is_struct: bool) -> None:
    """The arrays in a cell array, or in every field of a struct array."""
    if is_struct:
        (length,) = inside.take_words(INT32)
        names = inside.take_text()
        if not 0 < length < 1 << 31 or names % length or not names:
            raise ValueError("field names of another length")
        count *= names // length
    if count > len(inside) // 8:
        raise ValueError("arrays are missing")
    for _ in range(count):
        kind, array = inside.take()
        if kind != MATRIX:
            raise ValueError(f"type {kind} where an array belongs")
        _check_matrix(array)
