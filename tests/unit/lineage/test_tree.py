"""The tree goes from the number to the raw data, and says where the chain does not hold."""

import json
import re

import pytest
from trees import PHOTOS, TABLE

from polytask.cli import main
from polytask.lineage.index import find
from polytask.lineage.text import as_text
from polytask.lineage.tree import as_json, tree_of

CELL = f"{TABLE}:sak/semseg"
METRICS = "results/evaluate/sak/metrics.json"
MODEL = "results/models/sak/model.bin"


def tree(target=CELL):
    return tree_of(find(target))


def test_a_number_comes_from_its_own_row_back_to_the_raw_data(made):
    found = tree()
    assert set(found.nodes) == {TABLE, METRICS, MODEL, PHOTOS}
    assert found.root.aside == ("results/evaluate/base/metrics.json",)
    assert found.nodes[PHOTOS].record is None
    assert found.warnings == ()


def test_a_gain_comes_from_the_baseline_as_well(made):
    assert "results/models/base/model.bin" in tree(f"{TABLE}:sak/delta_m").nodes


def test_a_mean_over_tables_comes_from_its_own_row_of_each(made):
    text = "method,depth_rmse_mean,delta_m_mean\nsak,1.5,17.0\nbase,1.5,0\n"
    means = made.make("results/sak/table3.csv", text, "repeated_table", {"tables": [TABLE]})
    assert set(tree(f"{means}:sak/depth_rmse_mean").nodes) == {means, TABLE, METRICS, MODEL, PHOTOS}
    gain = tree(f"{means}:sak/delta_m_mean").nodes
    assert "results/models/base/model.bin" in gain
    assert "results/models/sak/model.bin" in gain


def test_the_text_names_everything_once(made):
    text = as_text(tree())
    made_by = ("rule train, method=sak", "seed=0", "fit.lr=0.1", "2 files", "train-sak-")
    where = ("c0ffee", "numpy 2.0", "cpu: x86_64", "2026-01-01 00:00:00 UTC in 2.0 s", PHOTOS)
    for word in made_by + where:
        assert word in text
    assert text.count("rule train, method=sak") == 1
    assert f"photos: {PHOTOS}  (see above)" in text
    assert "src/loss.py" not in text
    assert "src/loss.py" in as_text(tree(), code=True)


def test_a_job_names_only_what_is_its_own(made):
    record = made.records[MODEL]
    made.write(record | {"device": "cuda: H100", "packages": {**record["packages"], "torch": "3"}})
    text = as_text(tree())
    assert text.count("cuda: H100") == 1
    assert text.count("package torch") == 1
    assert "commit" not in text.partition("rule train")[2]


def test_the_json_has_every_record(made):
    found = json.loads(json.dumps(as_json(tree())))
    assert found["nodes"][MODEL]["record"] == made.records[MODEL]
    assert found["nodes"][MODEL]["inputs"] == {"photos": [PHOTOS]}
    assert found["number"]["id"] == find(CELL).id


def test_an_edited_record_an_edited_file_and_a_missing_record_are_said(made):
    path = made.root / f"provenance/{MODEL}.json"
    path.write_text(path.read_text().replace('"lr": 0.1', '"lr": 0.2'))
    assert tree().warnings == (f"the record of {MODEL} was edited: its seal is broken",)
    path.unlink()
    assert tree().warnings == (
        f"{MODEL} had a record when {METRICS} read it, which is missing: `dvc pull`?",
    )
    (made.root / TABLE).write_text((made.root / TABLE).read_text().replace("23.4567", "99.4567"))
    assert tree().warnings[0].startswith(f"{TABLE} is not what its record describes")


def test_an_input_that_was_made_again_is_said(made):
    made.make(MODEL, "other weights", "train", {"photos": [PHOTOS]}, wildcards={"method": "sak"})
    (warning,) = tree().warnings
    assert f"{MODEL} was made again, with the other content, after {METRICS} had read it" in warning


def test_raw_data_that_changed_between_two_jobs_are_said(made):
    record = made.records[METRICS]
    photos = [{**record["inputs"]["photos"][0], "sha256": "f" * 64}]
    made.write(record | {"inputs": {**record["inputs"], "photos": photos}})
    assert any("was read with two contents" in warning for warning in tree().warnings)


def test_many_shards_of_one_job_are_one_step(made):
    shards = [f"results/features/{n:02d}.bin" for n in range(7)]
    for shard in shards:
        made.make(shard, shard, "features", {"photos": [PHOTOS]}, tracking="features-1")
    made.make("results/big.bin", "big", "train", {"features": shards})
    text = as_text(tree("results/big.bin"))
    assert "features: results/features/ 00.bin, 01.bin, ... 4 more ..., 06.bin" in text
    assert text.count("rule features") == 1


def test_weights_from_the_hub_end_the_chain_unhashed(made):
    teacher = {"model": "vit", "weights": "hub"}
    made.make("results/t.bin", "t", "train", config={"teacher": teacher})
    node = tree("results/t.bin").nodes["hub:vit"]
    assert node.sha256 is None
    assert "not recorded" in as_text(tree("results/t.bin"))


def test_the_command_prints_text_json_and_a_page(made, capsys):
    assert main(["lineage", TABLE, "--row", "sak", "--column", "semseg"]) == 0
    assert "sak.rooms.sak.semseg_mean_iou = 23.4567" in capsys.readouterr().out
    assert main(["lineage", CELL, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["number"]["value"] == "23.4567"
    assert main(["lineage", CELL, "--html", "page.html"]) == 0
    page = (made.root / "page.html").read_text()
    assert "prefers-color-scheme: dark" in page
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([^"#])', page)) == set()
    places = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= places


def test_words_from_outside_are_escaped_on_the_page(made):
    made.make("results/x.bin", "x", "train", config={"note": "<script>alert(1)</script>"})
    assert main(["lineage", "results/x.bin", "--html", "page.html"]) == 0
    assert "<script" not in (made.root / "page.html").read_text()


@pytest.mark.parametrize(
    "words", [[], [TABLE, "--why-different", "a", "b"], ["no.csv"], [TABLE, "--html", "no/x"]]
)
def test_a_mistake_is_one_line_and_status_2(made, words, capsys):
    assert main(["lineage", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
