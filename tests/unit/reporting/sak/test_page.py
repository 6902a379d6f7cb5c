"""The page on SAK: ours with a spread, the paper's in columns of their own, claims judged."""

import json
import re
from pathlib import Path

import pytest
from report_sak import report_sak

from polytask.errors import UserError
from polytask.papers.published import document
from polytask.pipeline.arguments import build
from polytask.reporting.sak.claims import CLAIMS
from polytask.reporting.sak.config import SakPageConfig

from .conftest import CONFIG, TABLES, TASKS, runs_of, write_inputs

SHEETS = "table3", "table4", "peers", "table6", "table7", "table8", "table9"
SECTIONS = [
    "run", "table2", *SHEETS, "figure1",
    "figure3", "figure4", "figure5", "figure6", "similarity", "efficiency", "claims", "origin",
]  # fmt: skip


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """The page of a small run; drawn once for all tests that only read it."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("run")
        patch.chdir(root)
        return page(write_inputs(root), pages={"SAK": "index.html"})


def page(inputs, changes=None, **config):
    file = Path("page.html")
    given = build(SakPageConfig, CONFIG | config, "config")
    report_sak(**inputs | (changes or {}) | {"page": file}, config=given)
    return file.read_text()


def section(text, name):
    return text[text.index(f'<section id="{name}"') :].partition("</section>")[0]


def lines_of(table):
    """The words of each cell of a table's body, ours and printed ones apart."""
    found = []
    for row in table.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr")[1:]:
        cells = re.findall(r"<td([^>]*)>(.*?)</td>", row, re.S)
        words = [(kind, " ".join(re.sub("<[^>]*>", " ", cell).split())) for kind, cell in cells]
        ours = [word for kind, word in words if "printed" not in kind]
        found.append((ours, [word for kind, word in words if "printed" in kind]))
    return found


def test_the_page_stands_alone_with_all_sections_in_order_and_the_banner_on_top(text):
    assert re.findall(r'<section id="(\w+)"', text) == SECTIONS
    nav = text[text.index("<nav>") : text.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', nav) == SECTIONS
    assert text.index("Toys &amp; &lt;demo&gt;") < text.index("<table")
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith(("data:", "#")) or address == "index.html"
    assert "<script" not in text


def test_every_figure_is_drawn(text):
    for name in ("figure1", "figure3", "figure5", "figure6", "similarity"):
        assert section(text, name).count("<svg") == 1
    assert section(text, "figure4").count("<svg") == 2
    assert "μ/σ" in section(text, "figure1")
    assert "Lowest level" in section(text, "figure4")
    for kind in ("Stem", "Adapter paths", "Paths, before their norm", "Teachers"):
        assert f">{kind}<" in section(text, "figure6")


def test_our_cells_are_mean_and_deviation_and_the_paper_stands_in_columns_of_its_own(text):
    ours, printed = next(line for line in lines_of(section(text, "table3")) if line[0][0] == "SAK")
    values = [run["semseg_mean_iou"] for run in runs_of("table3", 3) if run["method"] == "sak"]
    mean = sum(values) / 3
    sd = (sum((value - mean) ** 2 for value in values) / 2) ** 0.5
    assert ours[1] == "3"
    assert ours[3] == f"{mean:.2f} ± {sd:.2f}"
    assert re.fullmatch(r"\+[\d.]+ ± [\d.]+", ours[-2])
    assert printed == ["SAK", "0.8708", "81.65", "72.38", "84.87", "14.05", "73.23", "−0.03"]
    assert ours[2].startswith("0.9100")
    heads = section(text, "table3").partition("</thead>")[0]
    assert "Here: rooms, demo models, mean ± standard deviation over n repetitions" in heads
    assert "Printed in the paper, PASCAL-Context, ViT-B (SAK, Table 3)" in heads
    assert heads.count("by all classes") == 2


@pytest.mark.parametrize("name", SHEETS)
def test_a_table_has_all_of_our_rows_and_all_of_the_papers(text, name):
    lines = lines_of(section(text, name))
    demo = document("sak")["demo"][name]
    panel = next(p for p in document("sak")["performance"] if p["experiment"] == demo["experiment"])
    run = [line for line in lines if line[0] != ["not run"]]
    assert len(run) == len(TABLES["peers" if name == "table6" else name][0])
    assert sum(line[1] != ["not in the paper"] for line in lines) == len(panel["rows"])
    for ours, _ in run:
        assert sum("±" in cell for cell in ours) >= len(TASKS)


def test_rows_that_only_the_paper_has_say_not_run(text, inputs):
    not_run = [printed for ours, printed in lines_of(section(text, "peers")) if ours == ["not run"]]
    assert ["PAD-Net", "78.01", "67.12", "79.21", "14.37", "72.60", "−4.95"] in not_run
    assert [printed[0] for ours, printed in lines_of(section(text, "table8"))
            if ours == ["not run"]] == ["SAK, ViT-B teachers, ViT-S student"]  # fmt: skip
    assert "vit_mlore" in document("sak")["demo"]["table9"]["rows"]


def test_what_the_paper_prints_of_its_figures_stands_beside_them(text):
    assert "SAK +11.11 % on NYUD-v2, ViT-B" in section(text, "figure3")
    assert "SAK −0.03 % on" in section(text, "figure5")


def test_a_row_that_was_left_out_is_not_run_and_neither_is_its_claim(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page(write_inputs(tmp_path, leave_out=("sak_mlore",)))
    lines = lines_of(section(text, "table9"))
    assert (["not run"], "SAK with MLoRE&#39;s decoder") in [(a, b[0]) for a, b in lines]
    assert verdicts(text)["MLoRE&#39;s decoder adds to SAK"] == "– not run"


def test_table_2_has_the_oracle_and_the_relative_differences(text):
    oracle, student, relative = lines_of(section(text, "table2"))
    assert oracle[0][1].endswith("Frozen semantic")
    assert oracle[0][4].endswith("Frozen boundary")
    assert oracle[1][:2] == ["81.18 DINOv2", "74.38 DINOv2"]
    assert student[1][-2] == "71.16"
    assert relative[1] == ["↓ −1.23", "↓ −7.06", "↑ 1.52", "↑ 1.30", "↓ −6.23", "↓ −2.34"]
    assert all(re.fullmatch(r"[↑↓] −?[\d.]+ ± [\d.]+", cell) for cell in relative[0][1:])


def verdicts(text):
    rows = re.findall(
        r'<tbody class="claim"><tr><td class="wrap" colspan="8">(.*?)<small>'
        r'.*?<span class="verdict \w+">(.*?)<',
        section(text, "claims"),
    )
    return dict(rows)


def test_every_claim_has_a_verdict_and_the_counts_agree(text):
    found = verdicts(text)
    assert len(found) == len(CLAIMS)
    held = sum(words == "✓ held" for words in found.values())
    assert f"<b>{held} of {len(CLAIMS)}</b>" in text
    assert 0 < held < len(CLAIMS)
    assert found["Routers beat adding representations up"] == "✓ held"
    assert found["Adapter paths keep representations closer to the teachers&#39;"] == (
        "≈ within noise: one repetition"
    )
    assert "paired t-test over repetitions" in section(text, "claims")


def test_one_repetition_has_no_spread_and_proves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page(write_inputs(tmp_path, count=1))
    assert "±" not in section(text, "table3").partition("<tbody>")[2]
    words = set(verdicts(text).values())
    assert words == {"≈ within noise: one repetition", "✓ held"}
    assert [k for k, v in verdicts(text).items() if v == "✓ held"] == [
        "The student costs less than its teachers"
    ]


def test_the_student_is_set_beside_its_teachers(text):
    lines = {ours[0]: ours[1:] for ours, _ in lines_of(section(text, "efficiency"))}
    assert lines["All teachers"] == ["5.10", "1.80", "24.50 ± 1.23", "73.50"]
    assert lines["SAK, the student alone : All teachers"][:2] == ["1 : 2.12", "1 : 2.00"]


def test_similarity_stands_by_teacher_and_level(text):
    lines = [ours for ours, _ in lines_of(section(text, "similarity"))]
    assert lines[0] == ["sak", "semantic", "0.915", "0.925", "0.935", "0.945", "0.930", "0.910"]
    assert len(lines) == 6


def test_numbers_open_their_lineage(text):
    places = re.findall(r'id="(n-[^"]+)"', text)
    assert len(places) == len(set(places))
    links = re.findall(r'<a class="number" href="#([^"]+)"', text)
    assert len(links) > 100
    assert set(links) <= set(places)


def test_a_model_without_routers_has_no_figure_4(inputs):
    head = "step,task,level,expert,weight\n"
    for file in inputs["gates"]:
        file.write_text(head)
    text = page(inputs)
    assert "<svg" not in section(text, "figure4")
    assert "not run" in section(text, "figure4")
    found = verdicts(text)
    assert found["At the highest level teachers&#39; paths are preferred to the stem"] == (
        "– not run"
    )


def test_what_is_missing_is_named(inputs):
    fewer = {key: [file for file in inputs[key] if not file.name.startswith("table4")]
             for key in ("tables", "repetitions")}  # fmt: skip
    with pytest.raises(UserError, match=r"sak\.tables: the page needs table4"):
        page(inputs, fewer)
    runs = next(file for file in inputs["repetitions"] if file.name.startswith("table3"))
    kept = [line for line in runs.read_text().splitlines() if not line.startswith("no_router")]
    runs.write_text("\n".join(kept) + "\n")
    with pytest.raises(UserError, match=r"table3_repetitions\.csv: no method 'no_router'"):
        page(inputs)


def test_a_teacher_without_levels_has_dashes(inputs):
    file = inputs["similarity"]
    found = json.loads(file.read_text())
    for values in found["no_biases"].values():
        del values["levels"]
    file.write_text(json.dumps(found))
    lines = [ours for ours, _ in lines_of(section(page(inputs), "similarity"))]
    assert lines[3][2:6] == ["–"] * 4
