r"""results/numbers.tex: a LaTeX macro per number, so that a paper's numbers carry their lineage.

`\ptnum{NAME}` prints the value as the report's table does, `\ptid{NAME}` its short lineage id and
`\ptnumid{NAME}` the value with its id raised. A name that does not exist is a LaTeX error and
prints `??`.
"""

from collections.abc import Sequence
from pathlib import Path

from polytask.lineage.numbers import Number
from polytask.protocols import digits_of

MACROS = r"""% Written by rule `paper_numbers` of polytask: do not edit, \input it in the preamble.
%   \ptnum{NAME}    the value, rounded as in the table of the report
%   \ptid{NAME}     its short lineage id; `polytask lineage ID` walks back to the raw data
%   \ptnumid{NAME}  the value with its id raised
\makeatletter
\def\polytask@get#1#2{%
  \ifcsname polytask@#1@\detokenize{#2}\endcsname
    \csname polytask@#1@\detokenize{#2}\endcsname
  \else
    \textbf{??}%
    \PackageError{polytask}{No number is called \detokenize{#2}}{The names stand in numbers.tex.}%
  \fi}
\def\polytask@define#1#2#3{%
  \expandafter\gdef\csname polytask@value@\detokenize{#1}\endcsname{#2}%
  \expandafter\gdef\csname polytask@id@\detokenize{#1}\endcsname{#3}}
\DeclareRobustCommand{\ptnum}[1]{\polytask@get{value}{#1}}
\DeclareRobustCommand{\ptid}[1]{\texttt{\polytask@get{id}{#1}}}
\DeclareRobustCommand{\ptnumid}[1]{\ptnum{#1}\textsuperscript{\ptid{#1}}}
"""


def write_latex(path: Path, numbers: Sequence[Number]) -> None:
    """Write the macros and a definition per number."""
    lines = [
        rf"\polytask@define{{{number.name}}}{{{_typeset(printed(number))}}}{{{number.id}}}%"
        for number in numbers
    ]
    path.write_text(MACROS + "\n".join([*lines, r"\makeatother", ""]))


def printed(number: Number) -> str:
    """The value with the digits of the report's table: counts whole, depths three, others two."""
    column = number.selector.rpartition("/")[2]
    if column.startswith("num_"):
        return number.value
    return f"{float(number.value):.{digits_of(column)}f}"


def _typeset(text: str) -> str:
    return rf"\ensuremath{{{text}}}" if text.startswith("-") else text
