"""The graph of rules follows from the records alone."""

import json

from polytask.records.files import FORMAT, records_behind
from polytask.reporting.dag import graph_svg
from polytask.reporting.jobs import rule_graph, rule_times, software


def record(folder, output, rule, inputs):
    path = folder / f"{output}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {"files": [{"path": i} for i in inputs]}
    path.write_text(json.dumps({"format": FORMAT, "rule": rule, "inputs": files}))


def test_the_walk_goes_back_to_what_has_no_record(tmp_path):
    record(tmp_path, "b", "train", ["a", "raw"])
    record(tmp_path, "a", "render", [])
    record(tmp_path, "unrelated", "other", ["a"])
    found = records_behind(["b"], tmp_path)
    assert set(found) == {"a", "b"}
    assert rule_graph(found) == {("render", "train")}


def test_what_trains_on_from_its_own_rule_stands_before_what_reads_it(tmp_path):
    """An arrow from a rule to itself would take all its others away."""
    record(tmp_path, "probe", "study__downstream", ["raw"])
    record(tmp_path, "model", "study__downstream", ["probe"])
    record(tmp_path, "metrics", "study__evaluate", ["model"])
    found = records_behind(["metrics"], tmp_path)
    assert rule_graph(found) == {("downstream", "evaluate")}
    assert graph_svg(rule_graph(found)).count("<rect") == 3


def test_a_job_with_many_outputs_is_counted_once(findings):
    records = {**findings.records, "b2": findings.records["b"]}
    assert rule_times(records)["train"] == (1, 120.0)


def test_software_names_every_answer_once(findings):
    found = software({**findings.records, "d": {**findings.records["a"], "device": "cuda"}})
    assert found["device"] == "cpu, cuda"
    assert found["numpy"] == "2.0"
