"""Long JSON files, object by object."""

import io
import json
from typing import Any

import pytest

from polytask.data.coco import stream
from polytask.data.coco.stream import objects
from polytask.errors import UserError

DOCUMENT = {
    "info": {"text": 'a "quoted" ] [ } { \\ \u00e9', "number": -1.5e3},
    "images": [{"id": 1, "size": [3, 4]}, {"id": 22, "none": None}],
    "other": [1, 23, [], "x"],
    "empty": [],
    "year": 2017,
    "annotations": [{"id": n, "bbox": [n / 7, 0.0]} for n in range(30)],
    "licence": "last",
}


def read(text: str, *keys: str) -> list[tuple[str, Any]]:
    return list(objects(io.StringIO(text), "a.json", keys))


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("piece", [1, 2, 7, 64, 1 << 20])
def test_it_reads_what_json_reads_in_pieces_of_any_length(
    monkeypatch: pytest.MonkeyPatch, piece: int, indent: int | None
) -> None:
    monkeypatch.setattr(stream, "PIECE", piece)
    text = json.dumps(DOCUMENT, indent=indent)
    expected = [(key, entry) for key in ("images", "annotations") for entry in DOCUMENT[key]]
    assert read(text, "annotations", "images") == expected
    assert read(text, "empty") == []
    assert read(text, "other") == [("other", entry) for entry in DOCUMENT["other"]]


def test_no_more_than_a_piece_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", 100)
    file = io.StringIO(json.dumps({"list": [{"id": n} for n in range(1000)]}))
    for count, (_, entry) in enumerate(objects(file, "a.json", ["list"])):
        assert entry == {"id": count}
        assert file.tell() <= 200 + 13 * count


@pytest.mark.parametrize("end", [0, 1, 20, 100, -1])
def test_a_cut_file_is_named(end: int) -> None:
    with pytest.raises(UserError, match=r"^a\.json: cut off, or not JSON"):
        read(json.dumps(DOCUMENT)[:end], "images", "annotations")


@pytest.mark.parametrize(
    "text", ["[1]", '{"images": {"id": 1}}', '{"images" 1}', "nonsense", "{a}"]
)
def test_another_form_is_named(text: str) -> None:
    with pytest.raises(UserError, match=r"^a\.json: "):
        read(text, "images")


def test_a_missing_list_is_named() -> None:
    with pytest.raises(UserError, match=r"a\.json: has no 'categories' and no 'segments'$"):
        read(json.dumps(DOCUMENT), "images", "segments", "categories")


def test_damage_is_not_searched_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", 10)
    monkeypatch.setattr(stream, "LONGEST", 100)
    file = io.StringIO('{"list": [{"id": x}, ' + " " * 10_000)
    with pytest.raises(UserError, match=r"a\.json: cut off, or not JSON"):
        list(objects(file, "a.json", ["list"]))
    assert file.tell() < 200
