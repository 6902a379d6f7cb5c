"""Runs a rule's script as Snakemake does: `python -m polytask.pipeline.rederive < job.json`."""

import json
import runpy
import sys
from types import SimpleNamespace


def main() -> None:
    """Read a job from the standard input and run its script with it as `snakemake`."""
    job = json.load(sys.stdin)
    script = job.pop("script")
    runpy.run_path(script, init_globals={"snakemake": SimpleNamespace(**job)}, run_name="__main__")


if __name__ == "__main__":
    main()
