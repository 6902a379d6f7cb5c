"""An evaluation that runs again from its records gives the same numbers, or says which differ."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from polytask.pipeline.rederive import rederive
from polytask.pipeline.rederive.compare import differences
from polytask.pipeline.rederive.jobs import evaluations
from polytask.pipeline.rule import run_rule

SRC = Path(__file__).parents[3] / "src"
EVALUATE = """
import json
from dataclasses import dataclass
from pathlib import Path

from polytask.pipeline.rule import run_rule

@dataclass(frozen=True)
class Config:
    scale: float

def evaluate(models: list[Path], metrics: Path, samples: Path, *, config: Config) -> None:
    value = sum(len(model.read_bytes()) for model in models) * config.scale
    metrics.write_text(json.dumps({"method": "m", "tasks": {"depth": {"value": value}}}))
    samples.write_bytes(b"picture")

if __name__ == "__main__":
    run_rule(evaluate, snakemake)
"""
TABLE = """
import json
from pathlib import Path

from polytask.pipeline.rule import run_rule

def table(metrics: list[Path], table: Path) -> None:
    values = [json.loads(file.read_text())["tasks"]["depth"]["value"] for file in metrics]
    table.write_text("method,depth\\n" + "".join(f"m{n},{v}\\n" for n, v in enumerate(values)))

if __name__ == "__main__":
    run_rule(table, snakemake)
"""
METRICS, CSV = "results/evaluate/m/metrics.json", "results/tables/t.csv"


def run(script: Path, **job: object) -> None:
    space: dict = {"__name__": script.stem}
    exec(compile(script.read_text(), str(script), "exec"), space)
    whole = {"wildcards": {}, "params": {}, "log": [], "threads": 1, "rule": script.stem, **job}
    run_rule(space[script.stem], SimpleNamespace(**whole))


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A repository with two scripts, and in the working directory what they once made."""
    scripts = tmp_path / "repository/workflow/scripts"
    scripts.mkdir(parents=True)
    (tmp_path / "repository/src").symlink_to(SRC)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for name, text in (("evaluate", EVALUATE), ("table", TABLE)):
        (scripts / f"{name}.py").write_text(text)
    for name in ("a", "b"):
        Path(f"{name}.bin").write_bytes(b"12345")
    run(
        scripts / "evaluate.py",
        input={"models": ["a.bin", "b.bin"], "code": [str(scripts / "evaluate.py")]},
        output={"metrics": METRICS, "samples": "results/evaluate/m/samples.npz"},
        params={"config": {"scale": 0.1}},
    )  # fmt: skip
    run(scripts / "table.py", input={"metrics": [METRICS]}, output={"table": CSV})
    return tmp_path / "repository"


def state() -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in Path().rglob("*") if file.is_file()}


def test_the_same_inputs_give_the_same_numbers_and_nothing_here_is_touched(repository):
    before = state()
    again = rederive([CSV, METRICS], repository)
    assert again.findings == []
    assert (again.num_jobs, again.compared) == (2, [METRICS, CSV])
    assert state() == before


def test_metrics_come_before_the_table_that_reads_them(repository):
    assert [record["rule"] for record in evaluations([CSV])] == ["evaluate", "table"]
    assert [record["rule"] for record in evaluations([METRICS])] == ["evaluate"]


def test_another_model_gives_another_number_and_the_table_follows_it(repository):
    Path("a.bin").write_bytes(b"123456")
    again = rederive([CSV], repository)
    assert {finding.subject: finding.text for finding in again.findings} == {
        METRICS: "tasks.depth.value was 1.0, is 1.1",
        CSV: "m0.depth was 1.0, is 1.1",
    }
    assert {finding.kind for finding in again.findings} == {"not reproduced"}


def test_code_that_changed_is_named_as_a_possible_reason(repository):
    script = repository / "workflow/scripts/evaluate.py"
    script.write_text(script.read_text().replace("* config.scale", "* config.scale * 2"))
    [finding] = rederive([METRICS], repository).findings
    assert finding.text == ("tasks.depth.value was 1.0, is 2.0; 1 of its source files have changed")


def test_a_number_that_was_edited_by_hand_is_found(repository):
    Path(METRICS).write_text(Path(METRICS).read_text().replace("1.0", "2.0"))
    [finding] = rederive([METRICS], repository).findings
    assert finding.text == "tasks.depth.value was 2.0, is 1.0"


def test_a_job_that_fails_says_why_and_the_others_still_run(repository):
    Path("b.bin").unlink()
    [finding] = rederive([CSV], repository).findings
    assert finding.subject == METRICS
    assert "could not be evaluated again" in finding.text
    assert "b.bin" in finding.text


def test_a_script_that_is_gone_is_told(repository):
    (repository / "workflow/scripts/table.py").unlink()
    [finding] = rederive([CSV], repository).findings
    assert "there is no" in finding.text


def test_every_value_is_compared_bit_for_bit(tmp_path):
    one, two = tmp_path / "a.json", tmp_path / "b.json"
    one.write_text(json.dumps({"tasks": {"sal": {"value": 0.1 + 0.2}}, "gates": [1, 2], "x": None}))
    two.write_text(json.dumps({"tasks": {"sal": {"value": 0.3}}, "gates": [1, 2, 3], "x": None}))
    found = [(each.where, each.was, each.now) for each in differences(one, two)]
    assert found == [("tasks.sal.value", 0.1 + 0.2, 0.3), ("gates[2]", None, 3)]
    two.write_text(one.read_text() + "\n")
    assert differences(one, two)[0].where == "the layout"
    assert differences(one, one) == []
