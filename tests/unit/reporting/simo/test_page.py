"""The page says what was measured, beside the paper only on the paper's data sets."""

import re
from pathlib import Path

import pytest
from report_simo import report_simo

from polytask.errors import UserError
from polytask.reporting.simo.page import SimoPageConfig

LEFT_OUT = {"relationships": [], "retention": None, "coefficients": None}
CONFIG = {
    "banner": "Toys & <demo>", "show": "ties_representation", "baseline": "single_task",
    "joint": "multi_task", "dataset": "rooms",
}  # fmt: skip


def page(inputs, changes=None, **config):
    file = Path("page.html")
    arguments = inputs.arguments | (changes or {}) | {"page": file}
    report_simo(**arguments, config=SimoPageConfig(**CONFIG | config))
    return file.read_text()


def test_the_page_stands_alone_and_the_same_files_give_the_same_page(inputs):
    text = page(inputs)
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("data:", "#"))
    assert "<script" not in text
    assert text.index("Toys &amp; &lt;demo&gt;") < text.index("<table")
    assert "<floor>" not in text
    assert page(inputs) == text
    sections = re.findall(r'<section id="(\w+)"', text)
    nav = text[text.index("<nav>") : text.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', nav) == sections
    assert "coefficients" in sections


def test_what_was_left_out_has_no_section_and_no_link(inputs):
    text = page(inputs, LEFT_OUT)
    for name in LEFT_OUT:
        assert f'id="{name}"' not in text
        assert f'href="#{name}"' not in text
    assert "The more tasks are merged" not in text


def test_a_value_stands_with_its_normalised_performance_and_opens_its_lineage(inputs):
    text = page(inputs, LEFT_OUT)
    table = text[text.index('id="methods"') : text.index('id="claims"')]
    row = next(row for row in table.split("<tr") if "<td>Task arithmetic</td>" in row)
    values = re.findall(r"<td[^>]*><a[^>]*>([−+\d.]+)</a><small>\(([\d.]+) %\)", row)
    assert values[0] == ("17.78", "70.0")
    assert [float(kept) for _, kept in values] == pytest.approx(
        [100 * 0.7**power for power in (1, 1.25, 1.5)], abs=0.06
    )
    links = re.findall(r'<a class="number" href="#([^"]+)"', table)
    assert len(links) == len(set(links)) == 9 * 6
    assert set(links) <= set(re.findall(r'id="(n-[^"]+)"', text))
    assert "delta_m and delta_normalised also come from Single-task models" in text


def test_other_data_than_the_papers_stand_not_beside_its_numbers(inputs):
    text = page(inputs, LEFT_OUT)
    paper = text[text.index('<section id="paper"') : text.index('<section id="origin"')]
    assert "nothing here can be compared" in paper
    assert "<details open>" not in paper
    assert "not run" in paper
    assert "<small>here " not in paper


def paper_row(text):
    """The open tables of the paper's section, and the row of task arithmetic in the first."""
    paper = text[text.index('<section id="paper"') : text.index('<section id="origin"')]
    tables = re.findall(r"<details open>.*?</details>", paper, re.S)
    return tables, next(r for r in tables[0].split("<tr") if "<td>Task Arithmetic</td>" in r)


@pytest.mark.parametrize(
    "inputs",
    [{"semseg": "present_classes", "depth": "abs_error", "normals": "angle_per_batch"}],
    indirect=True,
)
def test_on_the_papers_data_and_by_its_protocols_ours_stand_beside_its_numbers(inputs):
    (table,), row = paper_row(page(inputs, LEFT_OUT, dataset="nyuv2"))
    assert "SIMO, Table 1" in table
    assert "65.78 (92.9 %)<small>here 17.78</small>" in row
    assert "0.4171 (55.5 %)<small>here 1.5879</small>" in row
    assert "26.13 (69.0 %)<small>here 53.10</small>" in row
    assert '<td>−27.5</td><td class="here soft">−35.8</td>' in row


def test_on_the_papers_data_what_was_measured_otherwise_stands_not_beside_its_numbers(inputs):
    (table,), row = paper_row(page(inputs, LEFT_OUT, dataset="nyuv2"))
    assert "<td>65.78 (92.9 %)</td>" in row  # theirs leaves absent classes out
    assert "<td>0.4171 (55.5 %)</td>" in row  # theirs is an absolute error, ours an rmse
    assert '<td>−27.5</td><td class="here soft">–</td>' in row
    assert re.findall(r"<small>here by (\w+)</small>", table) == ["all_classes", "rmse", "angle"]


def test_other_pages_are_linked_where_they_exist(inputs):
    text = page(inputs, LEFT_OUT, pages={"SAK": "index.html"})
    assert '<a class="page" href="index.html">SAK</a>' in text


@pytest.mark.parametrize("key", ["show", "joint"])
def test_an_unknown_method_is_named(inputs, key):
    with pytest.raises(UserError, match=rf"report_simo\.{key}: no method 'mtl'; there are single"):
        page(inputs, LEFT_OUT, **{key: "mtl"})
