"""numbers.tex is well formed, and its macros print what the report's table prints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from trees import TABLE

from polytask.lineage.index import find, numbers_of
from polytask.lineage.latex import printed, write_latex

PAPER = Path(__file__).parents[3] / "docs/paper-example/paper.tex"
DEFINITION = re.compile(
    r"\\polytask@define\{([\w.]+)\}\{([^{}]+|\\ensuremath\{-[\d.]+\})\}\{(\w+)\}%"
)
USE = re.compile(r"\\pt(?:num|id|numid)\{([^}]+)\}")


@pytest.fixture
def latex(made):
    write_latex(made.root / "results/numbers.tex", numbers_of([Path(TABLE)]))
    return (made.root / "results/numbers.tex").read_text()


def test_every_number_has_one_definition_with_its_value_and_id(latex):
    found = {name: (value, id_) for name, value, id_ in DEFINITION.findall(latex)}
    assert len(found) == len(re.findall(r"^\\polytask@define", latex, re.M)) == 10
    number = find(f"{TABLE}:sak/semseg")
    assert found[number.name] == ("23.46", number.id)
    assert found["sak.rooms.sak.depth_rmse"][0] == "1.500"
    assert found["sak.rooms.sak.num_parameters"][0] == "700"


def test_braces_and_groups_close(latex):
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\makeatletter") == latex.count(r"\makeatother") == 1
    assert latex.count(r"\ifcsname") == latex.count(r"\fi}") == 1
    for line in latex.splitlines():
        assert not re.search(r"[{}]$", line) or line.startswith((r"\def", r"\Declare", " "))


def test_a_negative_number_has_a_minus_and_not_a_hyphen(made):
    text = (made.root / TABLE).read_text().replace("17.0", "-17.0")
    made.make(TABLE, text, "table", {"metrics": ["results/evaluate/sak/metrics.json"]})
    number = find(f"{TABLE}:sak/delta_m")
    assert printed(number) == "-17.00"
    write_latex(made.root / "numbers.tex", [number])
    assert r"{\ensuremath{-17.00}}" in (made.root / "numbers.tex").read_text()


def test_the_example_paper_uses_numbers_that_the_demo_has():
    text = PAPER.read_text()
    assert r"\input{../../results/numbers}" in text
    for name in USE.findall(re.sub("(?m)%.*$", "", text)):
        table, dataset, method, column = name.split(".")
        assert (table, dataset) == ("sak", "rooms"), name
        assert method in ("sak", "single_task"), name
        assert re.fullmatch(r"delta_m|num_parameters|[a-z_]+_(mean_iou|rmse|\w+)", column), name


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX here")
def test_the_example_paper_compiles(made, tmp_path):
    paper = PAPER.read_text()
    names = dict.fromkeys(USE.findall(re.sub("(?m)%.*$", "", paper)))
    lines = "".join(rf"\polytask@define{{{name}}}{{1.00}}{{0123456789}}%" + "\n" for name in names)
    write_latex(tmp_path / "numbers.tex", [])
    macros = (
        (tmp_path / "numbers.tex").read_text().replace(r"\makeatother", lines + r"\makeatother")
    )
    (tmp_path / "numbers.tex").write_text(macros)
    (tmp_path / "paper.tex").write_text(paper.replace("../../results/numbers", "numbers"))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:]
