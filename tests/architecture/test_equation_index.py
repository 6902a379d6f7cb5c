"""docs/equations.md and the docstrings that cite equations point at each other."""

import ast
import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| (?P<paper>\w+) \| Eq\. \((?P<equation>\d+)\) \| .+? \| `(?P<symbol>[\w.]+)` \|$", re.M
)
CITATION = re.compile(r"\b(SAK|Argus|VTA|SIMO|GradNorm), Eq\. \(?(\d+)\)?")
INDEX = (ROOT / "docs/equations.md").read_text()
ROWS = list(ROW.finditer(INDEX))


def resolve(symbol: str) -> object:
    """`package.module.Class.method`, wherever the module ends."""
    parts = symbol.split(".")
    for end in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[end:], module)
    raise AssertionError(f"{symbol} does not exist")


def cited() -> set[tuple[str, str, str]]:
    """Paper, equation and file of every citation in a docstring."""
    found = set()
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = " ".join((ast.get_docstring(node) or "").split())
                found |= {(*match, str(file.relative_to(ROOT))) for match in CITATION.findall(text)}
    return found


def test_every_row_of_the_index_is_understood() -> None:
    assert ROWS
    assert len(ROWS) == len(re.findall(r"^\|.*\bEq\b.*\|$", INDEX, re.M))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['paper']}-{row['equation']}")
def test_a_symbol_cites_its_equation(row: re.Match[str]) -> None:
    docstring = " ".join((resolve(row["symbol"]).__doc__ or "").split())
    assert (row["paper"], row["equation"]) in CITATION.findall(docstring)


def test_every_symbol_of_the_index_exists() -> None:
    symbols = re.findall(r"`(polytask\.[\w.]+)`", INDEX)
    assert len(symbols) > len(ROWS)
    for symbol in symbols:
        resolve(symbol)


def test_every_equation_cited_in_a_docstring_is_in_the_index() -> None:
    listed = {(row["paper"], row["equation"]) for row in ROWS}
    missing = {citation for citation in cited() if citation[:2] not in listed}
    assert not missing
