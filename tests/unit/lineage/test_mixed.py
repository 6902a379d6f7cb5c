"""Rows that cannot be compared are named; rows that can be are not."""

import pytest
from trees import TABLE

from polytask.lineage.index import find
from polytask.lineage.mixed import mixtures, warnings
from polytask.lineage.tree import tree_of

MODEL = "results/models/sak/model.bin"


def trees():
    return {row: tree_of(find(f"{TABLE}:{row}/semseg")) for row in ("base", "sak")}


def test_rows_made_alike_need_no_warning(made):
    assert warnings(trees()) == []


@pytest.mark.parametrize(
    ("key", "value", "kind", "words"),
    [
        ("device", "cuda: H100", "device", "different devices: rule train is cpu: x86_64 in base"),
        ("python", "3.12.0", "python", "Python versions: 3.11.7 in all rows; 3.12.0 in sak"),
        ("lock", "f" * 64, "lock file", "lock files"),
        ("packages", {"numpy": "2.0", "torch": "9"}, "package", "torch is 2.1 in all rows; 9 in"),
        ("code", [{"path": "src/loss.py", "sha256": "f" * 64, "size": 1}], "code", "src/loss.py"),
    ],
)
def test_what_differs_between_rows_is_named(made, key, value, kind, words):
    made.write(made.records[MODEL] | {key: value})
    (mixture,) = mixtures(trees())
    assert mixture.kind == kind
    assert words in warnings(trees())[0]


def test_rules_may_have_devices_of_their_own(made):
    for method in ("base", "sak"):
        record = made.records[f"results/models/{method}/model.bin"]
        made.write(record | {"device": "cuda: H100"})
    assert mixtures(trees()) == []


def test_many_mixtures_of_one_kind_are_one_sentence(made):
    code = [{"path": f"src/{name}.py", "sha256": "f" * 64, "size": 1} for name in ("data", "loss")]
    made.write(made.records[MODEL] | {"code": code})
    (sentence,) = warnings(trees())
    assert sentence.endswith("and 1 more.")
