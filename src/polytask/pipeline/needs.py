"""What a job asks a cluster for: its size from params.yaml, in the words of this cluster."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from polytask.errors import UserError, advice

GROWING = {"runtime", "mem_mb"}
"""What a job may have run out of: the second try asks for twice as much, and so on."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """`runtime` in minutes, `mem_mb` in megabytes, and how many CPUs and GPUs."""

    runtime: int
    mem_mb: int
    cpus_per_task: int
    gpu: int


@dataclass(frozen=True, kw_only=True)
class Site:
    """A cluster: resources of every job, of those with GPUs, of a rule, and the most there is."""

    every_job: Mapping[str, Any] = field(default_factory=dict)
    gpu_jobs: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)


def read_site(file: Path, rules: Iterable[str]) -> Site:
    """The cluster that `file` describes to these `rules`; UserError for what cannot be meant."""
    try:
        said = yaml.safe_load(file.read_text() if file.exists() else "") or {}
    except yaml.YAMLError as error:
        raise UserError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    _check(said, "", [each.name for each in fields(Site)], file)
    for key, value in said.items():
        _check(value or {}, f"{key}: ", rules if key == "rules" else None, file)
    return Site(**{key: value or {} for key, value in said.items()})


def _check(said: Any, where: str, known: Iterable[str] | None, file: Path) -> None:
    if not isinstance(said, Mapping):
        raise UserError(f"{file}: {where}expected a mapping `{{key: value}}`, got {said!r}")
    for key in said:
        if known is not None and key not in known:
            raise UserError(f"{file}: {where}unknown key `{key}`; {advice(key, known)}")


def needs(
    rule: str, sizes: Mapping[str, Mapping[str, int]], site: Site, *, on_cluster: bool = False
) -> dict[str, Any]:
    """The `resources:` of a rule: values, and functions of the attempt for what grows.

    `on_cluster`, where the GPUs are its own, a job runs one process on each.
    """
    own = site.rules.get(rule, {})
    gpus = {**sizes[rule], **own}.get("gpu", 0)
    asked = {**sizes[rule], **site.every_job, **(site.gpu_jobs if gpus else {}), **own}
    for name in asked.keys() & site.at_most.keys():
        asked[name] = min(asked[name], site.at_most[name])
    if on_cluster and gpus:
        asked["processes"] = asked["gpu"]
    for name in asked.keys() & GROWING:
        asked[name] = _growing(asked[name], site.at_most.get(name))
    return {name: value for name, value in asked.items() if value != 0}


def _growing(value: int, most: int | None) -> Callable[[Any, int], int]:
    return lambda wildcards, attempt: min(value * attempt, most or value * attempt)
