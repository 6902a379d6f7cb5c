"""What a job asks a cluster for."""

import pytest

from polytask.errors import UserError
from polytask.pipeline.needs import Site, needs, read_site

SIZES = {
    "distill": {"runtime": 60, "mem_mb": 4000, "cpus_per_task": 8, "gpu": 2},
    "biases": {"runtime": 20, "mem_mb": 2000, "cpus_per_task": 1, "gpu": 0},
}
ANYWHERE = Site()
NOBODY = None  # no size depends on wildcards


def asked(rule: str, site: Site = ANYWHERE, attempt: int = 1, **keywords) -> dict:
    given = needs(rule, SIZES, site, **keywords)
    return {name: v(NOBODY, attempt) if callable(v) else v for name, v in given.items()}


def test_a_job_asks_for_its_size():
    assert asked("distill") == SIZES["distill"]


def test_a_job_without_gpus_does_not_speak_of_them():
    site = Site(gpu_jobs={"gpu_model": "a100", "slurm_partition": "gpu"})
    assert asked("biases", site) == {"runtime": 20, "mem_mb": 2000, "cpus_per_task": 1}
    assert asked("distill", site)["slurm_partition"] == "gpu"


def test_a_second_try_asks_for_more_time_and_memory_but_not_for_more_gpus():
    again = asked("distill", attempt=3)
    assert again == SIZES["distill"] | {"runtime": 180, "mem_mb": 12000}


def test_no_try_asks_for_more_than_there_is():
    site = Site(at_most={"runtime": 100, "gpu": 1})
    again = asked("distill", site, attempt=3)
    assert (again["runtime"], again["mem_mb"], again["gpu"]) == (100, 12000, 1)


def test_what_is_said_of_a_rule_outdoes_what_is_said_of_all():
    site = Site(every_job={"qos": "short"}, rules={"distill": {"qos": "long", "gpu": 0}})
    assert asked("biases", site)["qos"] == "short"
    assert asked("distill", site)["qos"] == "long"
    assert "gpu" not in asked("distill", site)


def test_on_a_cluster_every_gpu_gets_a_process():
    assert asked("distill", on_cluster=True)["processes"] == 2
    assert "processes" not in asked("distill") | asked("biases", on_cluster=True)


def test_the_empty_parts_of_a_site_say_nothing(tmp_path):
    file = tmp_path / "site.yaml"
    file.write_text("every_job:\nrules: {}\n")
    assert read_site(file, SIZES) == Site()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("evry_job: {}", "site.yaml: unknown key `evry_job`; did you mean `every_job`"),
        ("rules: {distil: {gpu: 1}}", "site.yaml: rules: unknown key `distil`; did you mean `dist"),
        ("gpu_jobs: a100", "site.yaml: gpu_jobs: expected a mapping"),
        ("at_most: {", "site.yaml: not YAML"),
    ],
)
def test_a_mistake_in_the_site_is_told_in_one_line(tmp_path, text, message):
    file = tmp_path / "site.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        read_site(file, SIZES)
    assert "\n" not in str(caught.value)
