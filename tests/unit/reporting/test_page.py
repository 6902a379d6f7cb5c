"""The page needs nothing else, says what it is about, and shows what was measured."""

import re
from dataclasses import replace

import pytest

from polytask.errors import UserError
from polytask.reporting.frame import PageConfig
from polytask.reporting.page import render


def page(findings, show="sak", **values):
    config = {"banner": "Toys & <demo>", "baseline": "single_task", "dataset": "rooms"} | values
    return render(findings, PageConfig(show=show, **config))


def test_nothing_is_loaded_from_elsewhere(findings):
    text = page(findings)
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("data:", "#"))
    assert "<script" not in text
    assert "url(http" not in text


def test_the_banner_stands_above_every_number_and_is_escaped(findings):
    text = page(findings)
    assert text.index("Toys &amp; &lt;demo&gt;") < text.index("<table")
    assert "<floor>" not in text


def test_the_same_findings_give_the_same_page(findings):
    assert page(findings) == page(findings)


def test_the_best_value_of_a_column_is_marked_by_the_direction_of_its_metric(findings):
    best = re.findall(r'<td class="best">([\d.]+)<small', page(findings))
    assert best == ["24.00", "0.800"]


def test_the_protocol_stands_with_every_column_and_is_explained(findings):
    text = page(findings)
    table = text[text.index('id="methods"') : text.index('id="orderings"')]
    assert re.findall(r"<small>by (\w+)</small></th>", table) == ["all_classes", "rmse"]
    assert "Depth by <b>rmse</b>: pixels between 0 and 80 m pooled" in table
    assert "all 2 images of the test split" in table


def test_pictures_are_explained_of_the_tasks_that_there_are(findings):
    """Semantic classes and depth: no directions, no boundaries."""
    text = page(findings)
    assert re.findall(r'<div class="legend"><b>(.+?)</b>', text) == [
        "Semantic segmentation", "Depth",
    ]  # fmt: skip
    assert '<b>Depth</b><span>near<i class="ramp" style="background:linear-gradient(' in text


def test_figures_follow_the_ink_of_the_page(findings):
    svg = page(findings).partition('id="methods"')[2]
    assert "currentColor" in svg
    assert "#010203" not in svg


def test_what_was_not_made_is_left_out(findings):
    bare = replace(findings, curves={}, statistics={}, records={})
    text = page(bare, show="no_router")
    assert "has no routers" in text
    assert "Token norms" not in text


def test_an_unknown_method_is_named(findings):
    with pytest.raises(UserError, match=r"report\.show: no method 'sac'"):
        page(findings, show="sac")


def test_a_method_without_pictures_is_named(findings):
    with pytest.raises(UserError, match=r"no pictures of 'sak'"):
        page(replace(findings, samples={"single_task": findings.samples["single_task"]}))


def test_another_page_is_linked_only_where_it_is_said_to_exist(findings):
    link = '<a class="page" href="simo.html">SIMO</a>'
    assert link in page(findings, pages={"SIMO": "simo.html"})
    assert "simo.html" not in page(findings)
