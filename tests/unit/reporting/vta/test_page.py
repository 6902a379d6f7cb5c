"""The page on VTA says in which setting each number was reached, and what was never seen there."""

import json
import re
from html import escape
from pathlib import Path

import pytest
from report_vta import report_vta

from polytask.errors import UserError
from polytask.pipeline.arguments import build
from polytask.reporting.vta.config import VtaPageConfig

from .conftest import CONFIG, MODELS, TABLES, write_inputs


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """The page of a small run; drawn once for all tests that only read it."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("run")
        patch.chdir(root)
        made = write_inputs(root, {"edge_texture": "abs_error"})
        return page(made, pages={"SAK": "index.html"})


def page(inputs, changes=None, **config):
    file = Path("page.html")
    given = build(VtaPageConfig, CONFIG | config, "config")
    report_vta(**inputs | (changes or {}) | {"page": file}, config=given)
    return file.read_text()


def section(text, name):
    return text[text.index(f'<section id="{name}"') :].partition("</section>")[0]


def cells_of(text, title):
    row = next(row for row in text.split("<tr") if f"<td>{title}<" in row)
    return [
        (classes.split(), re.sub("<[^>]*>", " ", cell).split())
        for classes, cell in re.findall(r'<td(?: class="([^"]*)")?>(.*?)</td>', row)
    ][1:]


def test_the_page_stands_alone_and_its_links_lead_somewhere(text):
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("data:", "#")) or address == "index.html"
    assert "<script" not in text
    assert "<S-D-N-E>" not in text
    assert "<floor>" not in text
    assert text.index("Toys &amp; &lt;demo&gt;") < text.index("<table")
    nav = text[text.index("<nav>") : text.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', nav) == re.findall(r'<section id="(\w+)"', text)
    assert [name for name in re.findall(r'<section id="(\w+)"', text) if name in TABLES] == [
        *TABLES
    ]


def test_a_row_has_a_dash_for_a_task_that_it_lacks_and_the_best_value_is_marked(text):
    table = section(text, "multitask")
    found = cells_of(table, "VTA, S-D-N-E")
    assert found[:2] == [(["best"], ["31.50"]), (["best"], ["0.469"])]
    assert found[4][0] == ["best"]
    assert [cell for _, cell in cells_of(table, "VTA, S-D")][2:4] == [["–"], ["–"]]
    assert "RMSE, m ↓" in table
    assert "mean IoU, % ↑" in table
    assert cells_of(table, "Single-task")[4] == ([], ["0"])


def test_a_value_that_no_other_row_has_is_not_the_best_of_anything(text):
    table = section(text, "generalisation")
    normals, texture = cells_of(table, "Single-task")[2:4]
    assert normals[0] == texture[0] == []
    assert cells_of(table, "VTA, S-D")[0][0] == ["best"]


def test_only_tasks_without_labels_in_the_target_domain_are_zero_shot(text):
    semseg, depth, _ = cells_of(section(text, "transfer"), "VTA, labels of S")
    assert "unseen" not in semseg[0]
    assert ("unseen" in depth[0], depth[1][-1]) == (True, "zero-shot")
    assert text.count("zero-shot</small>") == 1


def test_affinities_stand_beside_their_cosines_rows_are_targets(text):
    found = section(text, "affinities")
    ours, cosines = found.split("<table")[1:3]
    depth = next(row for row in ours.split("<tr>") if "<td>Depth" in row)
    values = [float(value) for value in re.findall(r'">([\d.]+)</td>', depth)]
    assert values == pytest.approx([1 / 15, 5 / 15, 4 / 15, 5 / 15], abs=0.005)
    assert depth.index('class="own"') > depth.index("0.07")
    assert "−0.30" in cosines
    assert "Affinities of 3 other models" in found
    assert "without TROA" not in found
    assert "What each task counted over the training" in found


def test_what_was_not_measured_is_not_shown(inputs):
    file = next(each for each in inputs["affinities"] if each.parts[-3] == "vta")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"cosines": None}))
    same = [file for file in inputs["efforts"] if "vta_transfer_sd" not in file.parts]
    text = page(inputs, {"curves": [], "efforts": same})
    assert "Cosines of gradients" not in section(text, "affinities")
    assert "counted over the training" not in section(text, "affinities")
    assert "different numbers" not in section(text, "effort")
    assert 'id="training"' not in text


def test_each_domain_has_a_sheet_with_a_column_per_model(text):
    pictures = section(text, "pictures")
    source, target = pictures.split("<h3>")[1:]
    assert source.startswith("rooms_day, the source domain")
    assert source.count("<img") == 2 * (1 + 4 * 3)
    assert target.count("<img") == 2 * (1 + 2 * 3)
    assert "VTA, adapted" in target


def test_minutes_per_epoch_come_from_the_records_and_other_steps_are_pointed_out(text):
    effort = section(text, "effort")
    assert [cell for _, cell in cells_of(effort, "Single-task")] == [
        ["2.10"], ["8.00"], ["4"], ["100"], ["400"], ["2.00"],
    ]  # fmt: skip
    assert "Rows trained different numbers of steps" in effort
    assert "cpu: x86_64, 1 thread;" in effort


def test_claims_count_what_is_too_close_apart(text):
    claims = section(text, "claims")
    held, all_ = map(int, re.search(r"<p>(\d+) of (\d+) comparisons", claims).groups())
    marks = {mark: claims.partition("<table")[2].count(mark) for mark in "✓≈✗"}
    effort = {mark: section(text, "effort").count(mark) for mark in "✓≈✗"}
    assert held == marks["✓"] + effort["✓"]
    assert all_ == sum(marks.values()) + sum(effort.values())
    assert marks["≈"] == 4  # the tasks of VTA without TROA, which is half a percent behind


def test_every_number_of_the_tables_opens_its_lineage(text):
    places = re.findall(r'id="(n-[^"]+)"', text)
    assert len(places) == len(set(places))
    links = re.findall(r'<a class="number" href="#([^"]+)"', text)
    assert set(links) <= set(places)
    assert len(links) > 8 * len(TABLES)


def test_losses_are_drawn_of_models_with_all_tasks(text):
    training = section(text, "training")
    assert ">Edge texture<" in training
    for title, tasks, _ in MODELS.values():
        assert (f">{escape(title)}<" in training) == (len(tasks) == 4)


def test_what_is_missing_is_named(inputs):
    with pytest.raises(UserError, match=r"vta\.show: no affinities of 'multi'; there are"):
        page(inputs, show="multi")
    tables = CONFIG["tables"] | {"new": {"domain": "target", "rows": ["sak"], "baseline": None}}
    with pytest.raises(UserError, match=r"vta\.tables\.new\.rows: no method 'sak_on_target'"):
        page(inputs, tables=tables)
