"""SAK in full: planned at demo scale, and one of its tables made twice in miniature."""

import csv
import json
import re

import pytest
from safetensors.numpy import load_file
from working_copy import ROOT, TABLES_OF_SAK

TABLES = [f"results/sak/{name}.csv" for name in TABLES_OF_SAK]
COUNT = re.compile(r"^(\w+) +(\d+)$", re.M)


@pytest.fixture(scope="module")
def planned(project, tmp_path_factory) -> dict[str, int]:
    """The jobs of each rule behind `snakemake sak` with the values of params.yaml, from nothing."""
    empty = tmp_path_factory.mktemp("sak")
    words = ("--snakefile", ROOT / "Snakefile", "--directory", empty)
    said = project.snakemake("sak", "-n", "--quiet", "rules", *words)
    return {rule: int(count) for rule, count in COUNT.findall(said)}


def test_every_row_is_trained_and_judged_three_times(planned):
    for number in range(3):
        for rule, count in {"downstream": 40, "evaluate": 34, "table": 9}.items():
            assert planned[f"repetition_{number}__{rule}"] == count
    assert planned["repeated_table"] == 9
    assert not {"downstream", "evaluate", "table"} & planned.keys(), "they are trained for less"


def test_what_goes_by_the_seed_alone_is_made_once(planned):
    assert planned["pretrain_teacher"] == 6
    assert planned["teacher_features"] == 12
    assert planned["distill"] == 14
    shared = ("rooms", "pretrain_teacher", "teacher_features", "distill", "biases", "similarity")
    assert not any(rule.endswith(f"__{each}") for rule in planned for each in shared)


def test_the_comparison_has_every_system_in_every_repetition(project, tmp_path):
    words = ("--snakefile", ROOT / "Snakefile", "--directory", tmp_path)
    said = project.snakemake("compare", "-n", "--quiet", "rules", *words)
    jobs = {rule: int(count) for rule, count in COUNT.findall(said)}
    for number in range(3):
        assert jobs[f"repetition_{number}__evaluate"] == 7
        assert jobs[f"repetition_{number}__vta_train"] == 1
        assert jobs[f"repetition_{number}__realign_representation"] == 1
    assert jobs["repeated_comparison"] == jobs["report_compare"] == 1


@pytest.fixture(scope="module")
def sak(finished):
    """The finished miniature with a table from two repetitions.

    The page needs all nine of them.
    """
    finished.snakemake(*TABLES)
    return finished.folder / "results"


def rows_of(file):
    with file.open() as lines:
        return list(csv.DictReader(lines))


def test_a_table_over_repetitions_is_made_of_theirs(sak):
    for name, table in TABLES_OF_SAK.items():
        lines = rows_of(sak / f"sak/{name}_repetitions.csv")
        for number, place in enumerate((sak, sak / "repetitions/1")):
            rows = rows_of(place / f"tables/sak_{name}.csv")
            assert [row["method"] for row in rows] == table["rows"]
            found = [line for line in lines if line["repetition"] == str(number)]
            for row, line in zip(rows, found, strict=True):
                assert all(row[column] == line[column] for column in line.keys() - {"repetition"})
        for row in rows_of(sak / f"sak/{name}.csv"):
            assert row["repetitions"] == "2"
            assert float(row["depth_rmse_sd"]) > 0
            assert row["delta_m_mean"]


def test_a_repetition_is_another_training_on_the_same_students(sak):
    first, second = (place / "downstream/sak/all" for place in (sak, sak / "repetitions/1"))
    one, other = (load_file(folder / "model.safetensors") for folder in (first, second))
    assert one.keys() == other.keys()
    assert any((one[key] != other[key]).any() for key in one if key.startswith("heads."))
    assert {path.name for path in (sak / "repetitions/1").iterdir()} == {
        "downstream", "evaluate", "tables",
    }  # fmt: skip


def test_its_numbers_are_traced_to_the_data_and_its_jobs_are_told(sak, finished):
    audit = finished.run("polytask", "audit", "results/repetitions/1/tables/sak_table3.csv")
    assert re.search(r"(\d+) of \1 numbers", audit), audit
    jobs = json.loads(finished.run("polytask", "status", "--json"))["jobs"]
    again = {job["name"]: job for job in jobs if job["rule"].startswith("repetition_1__")}
    trained = again["repetition_1__downstream-sak-all"]
    assert (trained["phase"], trained["state"]) == ("downstream", "done")


def test_nothing_is_left_to_do(sak, finished):
    assert "Nothing to be done" in finished.snakemake("--dry-run", *TABLES)
    assert "Nothing to be done" in finished.snakemake("--dry-run")
