"""What the section `argus` of params.yaml may say, and the one line that names what it may not."""

import copy
from pathlib import Path

import pytest
import yaml

from polytask.errors import UserError
from polytask.pipeline.argus_selection import TASK_FILES, check_argus

PARAMS = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())


def changed(path: str, value):
    """params.yaml with one value under `argus` changed."""
    config = copy.deepcopy(PARAMS)
    *parents, last = path.split(".")
    place = config["argus"]
    for key in parents:
        place = place[key]
    place[last] = value
    return config


def test_a_task_may_take_its_decoder_back():
    own = {"dataset": "rooms", "decoder_of": None, "decoder": "mask_rcnn"}
    check_argus(changed("tasks.detection", own))


MASK2FORMER = {"instance_segmentation": {"decoder": "mask2former", "options": {}}}


def test_a_task_that_reads_another_decoder_must_find_what_it_needs():
    model = {"title": "x", "pretrained_as": "argus", "decoders": MASK2FORMER}
    masks = {**model, "tasks": ["instance_segmentation"]}
    check_argus(changed("models.other", masks))
    with pytest.raises(UserError, match="detection reads mask_rcnn; give detection a decoder"):
        check_argus(changed("models.other", model))
    config = changed("models.argus.decoders", {"detection": {"decoder": "mask_rcnn"}})
    with pytest.raises(UserError, match="argus has a decoder of its own for detection; name it"):
        check_argus(config)


def test_it_is_in_order_as_it_stands():
    check_argus(PARAMS)
    assert set(PARAMS["argus"]["tasks"]) <= {path.stem for path in TASK_FILES.glob("*.py")}
    assert len(PARAMS["argus"]["tasks"]) == 12


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("tasks.depth.dataset", "roms", "argus.tasks.depth.dataset.*rooms"),
        ("tasks.flow", {"dataset": "rooms", "decoder": "dpt"}, "argus.tasks: no entry 'flow'"),
        ("tasks.depth", {"dataset": "rooms"}, "argus.tasks.depth: no decoder; name one"),
        ("tasks.detection.decoder_of", "instances", "no entry 'instances'"),
        ("tasks.depth", {"dataset": "rooms", "decoder_of": "detection"}, "name who has"),
        ("tasks.detection.fit", {"steps": 1}, "detection.fit: its decoder is that of instance"),
        ("tasks.detection.dataset", "inspection", "instance_segmentation has other images"),
        ("pretraining.sources.objects.tasks", ["detection"], "is learnt with instance_segm"),
        ("models.argus.pretraining.without", ["detection"], "name instance_segmentation"),
        ("rows", ["argos"], "argus.rows.*argus"),
        ("baseline", "argus_tuned", "argus.baseline: no entry 'argus_tuned'"),
        ("models.sak", {"title": "x", "pretraining": None}, "rename it"),
        ("models.argus.adapter", "argsu", "argus.models.argus.adapter.*argus"),
        ("models.argus.tasks", ["flow"], "argus.models.argus: no entry 'flow'"),
        ("models.argus_tuned.pretrained_as", "argus_tuned", "no stage 1 of its own"),
        ("models.argus_tuned.adapter", "argus", "it is that of argus; drop the key"),
        ("models.argus_tuned.pretrained_as", "plain", "it has no adapter"),
        ("models.plain.pretraining", {}, "no adapter to train; set it to null"),
        ("pretraining.sources.scenes.tasks", ["semseg", "pose"], "several data sets"),
        ("pretraining.sources.people.tasks", ["semseg"], "semseg stands in scenes too"),
        ("pretraining.task_weights", {}, "task_weights: no entry 'instance_segmentation'"),
        ("models.argus_famo.pretraining.sampling", "one", "famo compares all tasks"),
        ("pretraining.fit.images_at_once", 4, "famo needs the losses of a whole batch"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(path, value, says):
    with pytest.raises(UserError, match=says):
        check_argus(changed(path, value))
