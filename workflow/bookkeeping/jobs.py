"""Print the jobs behind some targets as JSON, for `polytask plan`; nothing is run or noted.

python workflow/bookkeeping/jobs.py [--configfile FILE]... [--cores N] [TARGET ...]

Called in an empty folder: what the jobs read need not be there.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dag import loaded

from polytask.pipeline.names import FETCH, own_rule, study_of


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--configfile", action="append", type=Path, default=[])
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    with loaded(given.configfile, given.targets, to_look=True, cores=given.cores) as workflow:
        studies = workflow.globals["STUDY_CONFIGS"] | {None: workflow.globals["config"]}
        made = (job for level in workflow.dag.toposorted() for job in level if job.output)
        jobs = [job for job in made if job.rule.name != FETCH]  # here all data seem to be missing
        print(json.dumps([described(job, studies) for job in jobs], default=str))


def described(job: Any, studies: Mapping[str | None, Mapping[str, Any]]) -> dict[str, Any]:
    """A job as plain data, under its own rule's name; its sources are left out."""
    rule, study = own_rule(job.rule.name), study_of(job.rule.name)
    inputs = {name: _files(files) for name, files in job.input.items() if name != "code"}
    return {
        "rule": rule,
        "wildcards": dict(job.wildcards_dict),
        "inputs": inputs,
        "outputs": [str(output) for output in job.output],
        "config": getattr(job.params, "config", None),
        "cores": job.threads,
        "priority": job.rule.priority,
        "gpus": studies[study]["resources"].get(rule, {}).get("gpu", 0),
    }


def _files(files: Any) -> list[str]:
    return [str(files)] if isinstance(files, str) else [str(file) for file in files]


if __name__ == "__main__":
    main()
