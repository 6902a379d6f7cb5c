"""The studies of presets/papers.yaml: a configuration and a place for results each."""

import os
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from polytask.errors import UserError, advice
from polytask.papers.published import LOADER, Panel

PLACE = "results/papers"
"""Where the results of all studies and the pages of the experiments lie."""

ASKED = "POLYTASK_STUDIES"
"""Tells the processes of jobs that the studies were planned."""

OWN = (
    "downstream",
    "evaluate",
    "merge",
    "realign",
    "features",
    "analysis",
    "tables",
    "report",
    "argus",
    "vta",
)
"""The folders of results/ that every study has for itself; `distill` may be another's."""


@dataclass(frozen=True)
class Study:
    """One data set of a paper: presets, the later over the earlier; whose stage 1 it takes."""

    name: str
    presets: tuple[str, ...]
    stage1_of: str | None = None

    @property
    def place(self) -> str:
        """The folder of its results, with a slash at its end."""
        return f"{PLACE}/{self.name}/"

    def places(self) -> dict[str, str]:
        """Where its results and logs lie instead of results/ and logs/."""
        stage1 = f"{PLACE}/{self.stage1_of or self.name}/"
        return {
            **{f"results/{folder}/": f"{self.place}{folder}/" for folder in OWN},
            "results/distill/": f"{stage1}distill/",
            "results/numbers.": f"{self.place}numbers.",
            "logs/": f"logs/papers/{self.name}/",
        }


def read(file: Path) -> dict[str, Any]:
    """The values of a YAML file."""
    return yaml.load(file.read_text(), Loader=LOADER)


def read_studies(file: Path) -> dict[str, Study]:
    """The studies by name; raises UserError where one takes stage 1 of another that is none."""
    found = {name: Study(name, tuple(entry["presets"]), entry.get("stage1_of"))
             for name, entry in read(file).items()}  # fmt: skip
    for study in found.values():
        if study.stage1_of and study.stage1_of not in found:
            raise UserError(
                f"{file}: {study.name}.stage1_of: no study {study.stage1_of!r}; "
                f"{advice(study.stage1_of, found)}"
            )
    return found


def study_config(
    study: Study,
    params: Path,
    folder: Path,
    panels: Iterable[Panel],
    overlays: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The parameters of a study: params.yaml, its presets, then `overlays` laid over each other.

    With a table for each panel, which holds the panel's rows that are methods, models or judged
    models of the study. Raises UserError for a preset that is not there.
    """
    config = read(params)
    for name in study.presets:
        if not (folder / name).is_file():
            raise UserError(f"{folder / name}: no such preset; study {study.name} names it")
        config = merged(config, read(folder / name))
    for overlay in overlays:
        config = merged(config, overlay)
    vta = config["vta"]
    methods = {
        *config["downstream"]["methods"],
        *config["argus"]["models"],
        *(f"{model}_on_{domain}" for model in vta["models"] for domain in vta["domains"]),
    }
    tables = {
        panel.experiment: {
            "rows": [row for row in panel.rows if row in methods],
            "baseline": panel.baseline,
        }
        for panel in panels
        if panel.study == study.name
    }
    return config | {"tables": config["tables"] | tables}


def merged(base: Any, over: Any) -> Any:
    """`over` laid over `base`: mappings key by key, everything else as a whole."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return deepcopy(over)
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def asked_for(words: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of a command's `words` is one of `names` or a file of a study.

    In the process of a job: whether it was so for the planner's.
    """
    known = set(names)
    if any(word in known or word.startswith(f"{PLACE}/") for word in words):
        os.environ[ASKED] = "1"
    return ASKED in os.environ
