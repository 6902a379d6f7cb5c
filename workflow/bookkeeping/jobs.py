"""Print the jobs behind some targets as JSON, for `polytask plan`; nothing is run or noted.

python workflow/bookkeeping/jobs.py [--configfile FILE]... [TARGET ...]

Called in an empty folder: what the jobs read need not be there.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dag import loaded


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--configfile", action="append", type=Path, default=[])
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    with loaded(given.configfile, given.targets, to_look=True) as workflow:
        sizes = workflow.globals["config"]["resources"]
        jobs = [job for level in workflow.dag.toposorted() for job in level if job.output]
        print(json.dumps([described(job, sizes) for job in jobs], default=str))


def described(job: Any, sizes: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """A job as plain data; its sources are left out."""
    inputs = {name: _files(files) for name, files in job.input.items() if name != "code"}
    return {
        "rule": job.rule.name,
        "wildcards": dict(job.wildcards_dict),
        "inputs": inputs,
        "outputs": [str(output) for output in job.output],
        "config": getattr(job.params, "config", None),
        "gpus": sizes.get(job.rule.name, {}).get("gpu", 0),
    }


def _files(files: Any) -> list[str]:
    return [str(files)] if isinstance(files, str) else [str(file) for file in files]


if __name__ == "__main__":
    main()
