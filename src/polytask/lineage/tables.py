"""One cell of a CSV table: its row and column found by the words that people use for them."""

import csv
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from polytask.errors import UserError, advice


@dataclass(frozen=True)
class Table:
    """A table as it stands in its file; the first column says what a row is about."""

    path: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]

    def row(self, word: str) -> Mapping[str, str]:
        """The row that is called `word` in the first column or by its title, in any case.

        Raises UserError for none, with the nearest, and for several.
        """
        wanted = word.casefold()
        for column in (self.columns[0], "title"):
            found = [row for row in self.rows if row.get(column, "").casefold() == wanted]
            if len(found) > 1:
                raise UserError(f"{self.path}: {len(found)} rows are called {word!r}")
            if found:
                return found[0]
        names = [
            row[c].casefold() for row in self.rows for c in (self.columns[0], "title") if c in row
        ]
        raise UserError(f"{self.path}: no row {word!r}; {nearest(wanted, names)}")

    def column(self, word: str) -> str:
        """The column called `word`, or the only one whose name ends or begins with `word`.

        Raises UserError for none, with the nearest, and for several.
        """
        wanted = word.casefold()
        fits = [
            [name for name in self.columns if name.casefold() == wanted],
            [name for name in self.columns if name.casefold().endswith(f"_{wanted}")],
            [name for name in self.columns if name.casefold().startswith(f"{wanted}_")],
        ]
        found = next(filter(None, fits), [])
        if len(found) > 1:
            raise UserError(f"{self.path}: column {word!r} may be {' or '.join(found)}: say which")
        if not found:
            raise UserError(f"{self.path}: no column {word!r}; {nearest(word, self.columns)}")
        return found[0]

    def numbers(self) -> Iterator[tuple[str, str, str]]:
        """Row, column and text of every cell that holds a number."""
        for row in self.rows:
            for column in self.columns[1:]:
                if is_number(row[column]):
                    yield row[self.columns[0]], column, row[column]


def read_table(path: str, file: Path) -> Table:
    """The table in `file`, which messages call `path`; UserError where it is not a table."""
    with file.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
    if not reader.fieldnames or any(None in row or None in row.values() for row in rows):
        raise UserError(f"{path}: not a table: rows of different lengths")
    return Table(path, list(reader.fieldnames), rows)


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def nearest(name: str, known: Iterable[str]) -> str:
    """`advice` that names at most five of many."""
    return advice(name, difflib.get_close_matches(name, list(known), n=5, cutoff=0.0))
