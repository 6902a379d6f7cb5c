"""A card says what the records know, no more: lineage, numbers with their protocols, licences."""

import json
import re

import yaml
from small_models import STUDENT

from polytask.cli import main
from polytask.export.folder import export_model
from polytask.lineage.numbers import number_in
from polytask.models.files import load_model, save_model

from .conftest import LABELLED, METRICS, MODEL, judge, sak, train

SAM = "samvit_base_patch16.sa1b"
AUGREG = "vit_base_patch16_384.augreg_in21k_ft_in1k"


def card_of(project) -> str:
    number = len(list(project.root.glob("exported*")))
    out = export_model(project.root / MODEL, project.root / f"exported{number}")
    return (out / "README.md").read_text()


def header_of(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def rows(card: str, title: str) -> list[list[str]]:
    """The cells of the table that follows `title`, its head left out."""
    table = re.search(rf"\| {re.escape(title)} \|.*?\n(?=\n|$)", card, re.DOTALL)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_the_lineage_is_that_of_the_records(project):
    card = card_of(project)
    assert f"Lineage id `{number_in(project.root / MODEL).id}`" in card
    assert project.records[MODEL]["lineage"] in card
    assert project.records[MODEL]["output"]["sha256"] in card
    assert "commit c0ffeec0ffee; seed 3; python 3.11.7, torch 2.1." in card
    training = "160 steps of 8 images, split `train`"
    assert rows(card, "Job") == [
        ["downstream sak all", f"`{MODEL}`", training, "c0ffeec0ffee"],
        ["rooms labelled", f"`{LABELLED}`", "", "c0ffeec0ffee"],
    ]
    assert "WARNING" not in card


def test_numbers_stand_with_protocol_and_lineage_id(project):
    card = card_of(project)
    ids = [
        number_in(project.root / METRICS, key=f"tasks.{task}.value").id
        for task in ("semseg", "depth")
    ]
    (semseg, iou, by, first), (depth, rmse, _, second) = rows(card, "Task | Value")
    assert (semseg, iou) == ("Semantic segmentation", "mean_iou 26.78 %")
    assert by.startswith("`present_classes`: pixels pooled")
    assert (depth, rmse) == ("Depth", "rmse 0.779 m")
    assert [first, second] == [f"`{each}`" for each in ids]
    assert "On 100 images, split `test` of `rooms`" in card and "numbers of the demo" in card
    assert "Boundaries" not in card  # judged beside it, but no task of this model


def test_numbers_of_another_file_do_not_count(project):
    model, config = load_model(project.root / MODEL)
    save_model(project.root / MODEL, model.half(), config)
    train(project)
    assert "No number that was measured" in card_of(project)
    judge(project)
    assert "26.78" in card_of(project)
    metrics = project.root / METRICS
    metrics.write_text(metrics.read_text().replace("26.784", "86.784"))
    card = card_of(project)
    assert "No number that was measured" in card and "86.78" not in card


def test_rooms_are_told_with_their_licence(project):
    card = card_of(project)
    ((name, file, sha256, licence),) = rows(card, "Data or weights")
    assert (name, file) == ("Rooms", f"`{LABELLED}`") and "CC0" in licence
    assert sha256 == f"`{project.records[LABELLED]['output']['sha256']}`"
    header = header_of(card)
    assert header["datasets"] == ["rooms"] and "base_model" not in header
    assert (header["library_name"], header["license"]) == ("polytask", "other")
    assert header["tags"] == ["dense-prediction", "semantic-segmentation", "depth"]


def test_teachers_and_initial_weights_are_told_where_they_were_used(project):
    assert SAM not in card_of(project)  # a committee that gamma 0 has no use for
    train(project, gamma=1.0, initial_weights="hub")
    card = card_of(project)
    told = {row[0]: row[1:] for row in rows(card, "Data or weights")[1:]}
    link = f"`https://huggingface.co/timm/{SAM}`"
    assert told[f"{SAM}, a teacher"] == [link, "`not recorded`", "apache-2.0, says timm"]
    assert f"{AUGREG}, where training began" in told
    assert header_of(card)["base_model"] == [f"timm/{AUGREG}"]
    train(project, gamma=1.0, fit={"steps": 0, "batch_size": 8}, student="undistilled")
    assert SAM not in card_of(project)


def test_weights_of_the_hub_under_heads_and_adapters_are_told(project):
    frozen = {"model": AUGREG, "weights": "hub"}
    train(project, encoder=frozen, initial_weights="random")
    assert header_of(card_of(project))["base_model"] == [f"timm/{AUGREG}"]
    train(project, encoder={**frozen, "weights": "random"}, initial_weights="random")
    assert "base_model" not in header_of(card_of(project))
    train(project, architecture={"backbone": {"model": SAM}}, initial_weights="hub")
    assert header_of(card_of(project))["base_model"] == [f"timm/{SAM}"]


def test_an_edited_record_is_told(project):
    record = project.root / "provenance" / f"{MODEL}.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"seed": 9}))
    assert "WARNING: the record of" in (card := card_of(project)) and "its seal is broken" in card


def test_without_a_record_the_origin_is_unknown(made, tmp_path):
    file = made(sak)
    out = export_model(file, tmp_path / "out")
    card = (out / "README.md").read_text()
    assert "**Its origin is unknown**: no provenance record" in card
    assert "No number that was measured" in card and "their\nterms are not known here" in card
    assert header_of(card).keys() == {"library_name", "license", "license_name", "tags"}
    assert str(tmp_path) not in card


def test_a_record_of_other_content_says_nothing(project):
    model, config = load_model(project.root / MODEL)
    save_model(project.root / MODEL, model.half(), config)
    card = card_of(project)
    assert "describes a file of other content" in card and "Lineage id" not in card


def test_an_imported_checkpoint_is_told(made, tmp_path):
    file = made(sak)
    (file.parent / "import.json").write_text('{"sha256": "5a5a"}')
    card = (export_model(file, tmp_path / "out") / "README.md").read_text()
    assert "origin is unknown" in card and "official code, whose SHA-256 is `5a5a`" in card


def test_the_command_prints_the_folder(made, tmp_path, capsys):
    file, out = made(sak), tmp_path / "out"
    assert main(["export", str(file.parent), str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert f"timm's `{STUDENT['model']}`" in (out / "README.md").read_text()
    assert main(["export", str(tmp_path / "absent"), str(tmp_path / "other")]) == 2
    assert "absent: no such model file" in capsys.readouterr().err
