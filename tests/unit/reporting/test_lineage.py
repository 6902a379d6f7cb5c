"""The graph of rules follows from the records alone."""

import json

from polytask.reporting.lineage import graph_svg, layers, records_behind, rule_graph


def record(folder, output, rule, inputs):
    path = folder / f"{output}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {"files": [{"path": i} for i in inputs]}
    path.write_text(json.dumps({"rule": rule, "inputs": files}))


def test_the_walk_goes_back_to_what_has_no_record(tmp_path):
    record(tmp_path, "b", "train", ["a", "raw"])
    record(tmp_path, "a", "render", [])
    record(tmp_path, "unrelated", "other", ["a"])
    found = records_behind(["b"], tmp_path)
    assert set(found) == {"a", "b"}
    assert rule_graph(found) == {("render", "train")}


def test_a_rule_stands_right_of_everything_it_reads():
    edges = {("a", "b"), ("b", "c"), ("a", "c")}
    assert layers(edges) == [["a"], ["b"], ["c"]]
    assert graph_svg(edges).count("<rect") == 4
