"""The page on Argus says of every task what each model reaches, and in which way that is better."""

import json
import re
from pathlib import Path

import pytest
from report_argus import report_argus

from polytask.errors import UserError
from polytask.reporting.frame import PageConfig

CONFIG = {"banner": "Toys & <demo>", "show": "argus", "baseline": "plain", "dataset": "rooms"}


def page(inputs, changes=None, **config):
    file = Path("page.html")
    report_argus(**inputs | (changes or {}) | {"page": file}, config=PageConfig(**CONFIG | config))
    return file.read_text()


def section(text, name):
    return text[text.index(f'<section id="{name}"') :].partition("</section>")[0]


def row_of(text, title):
    return next(row for row in text.split("<tr") if f"<td>{title}" in row)


def test_the_page_stands_alone_and_its_links_lead_somewhere(inputs):
    text = page(inputs)
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("data:", "#"))
    assert "<script" not in text
    assert "<plain>" not in text
    assert text.index("Toys &amp; &lt;demo&gt;") < text.index("<table")
    nav = text[text.index("<nav>") : text.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', nav) == re.findall(r'<section id="(\w+)"', text)


def test_core_tasks_come_first_and_the_better_value_is_marked(inputs):
    tasks = section(page(inputs), "tasks")
    core, adapted = tasks.index("Core tasks"), tasks.index("Adapted to later")
    assert core < tasks.index("<td>Object detection") < adapted < tasks.index("<td>Depth")
    depth = row_of(tasks, "Depth")
    assert "RMSE, m ↓" in depth
    plain, argus = re.findall(r"<td( class=\"best\")?><a[^>]*>([\d.]+)</a>", depth)
    assert (plain, argus) == (("", "0.510"), (' class="best"', "0.500"))
    assert '<td class="up">+0.010</td>' in depth
    assert "+0.80" in row_of(tasks, "Semantic segmentation")


def test_parameters_stand_below_by_part(inputs):
    tasks = section(page(inputs), "tasks")
    found = {
        name: re.findall(r"<td>([\d.]+)</td>", row_of(tasks, name))
        for name in ("ViT, frozen", "Adapter", "Decoders")
    }
    assert found == {
        "ViT, frozen": ["1.61", "1.61"], "Adapter": ["0.00", "1.04"],
        "Decoders": ["6.00", "6.00"],
    }  # fmt: skip
    assert "mask rcnn of semseg" in row_of(tasks, "Depth")
    assert "mask rcnn<" in row_of(tasks, "Semantic segmentation")


def test_every_number_of_the_tables_opens_its_lineage(inputs):
    text = page(inputs)
    links = re.findall(r'<a class="number" href="#([^"]+)"', section(text, "tasks"))
    assert len(links) == len(set(links)) == 2 * 5
    assert set(links) <= set(re.findall(r'id="(n-[^"]+)"', text))


def test_ablations_have_their_own_rows_and_only_their_tasks(inputs):
    ablations = section(page(inputs), "ablations")
    assert "Depth" not in ablations
    assert "<td>Argus, not averaged" in ablations
    assert 'class="shown"><td>Argus</td>' in ablations


def test_curves_name_only_the_models_that_were_trained_so(inputs):
    first, second = section(page(inputs), "training").split("Stage 2")
    assert "Adapted DINOv2" in second
    assert "Adapted DINOv2" not in first
    assert "not averaged" in first
    assert "not averaged" not in second
    assert ">Anomaly detection<" in second
    assert ">Anomaly detection<" not in first


def test_two_models_alone_have_no_ablations(inputs):
    two = {name: inputs[name][:2] for name in ("metrics", "samples")}
    text = page(inputs, two | {"curves": []})
    assert 'id="ablations"' not in text
    assert 'id="training"' not in text


def test_each_task_has_a_sheet_with_a_row_per_model_of_the_table(inputs):
    pictures = section(page(inputs), "pictures")
    assert pictures.count("<h3>") == 5
    assert pictures.count("<img") == 5 * 3 * 2
    assert "not averaged" not in pictures


def test_models_that_were_not_measured_alike_are_refused(inputs):
    file = inputs["metrics"][1]
    metrics = json.loads(file.read_text())
    metrics["tasks"]["depth"]["num_images"] = 50
    file.write_text(json.dumps(metrics))
    with pytest.raises(UserError, match="plain: num_images of depth is 50, that of other models 1"):
        page(inputs)


def test_an_unknown_model_is_named(inputs):
    with pytest.raises(UserError, match=r"report_argus\.show: no method 'sak'; there are argus,"):
        page(inputs, show="sak")
