"""SAK and SIMO end to end: `snakemake --cores all`. Every value stands in params.yaml."""

import gc

from snakemake.utils import min_version

min_version("9.0")
gc.set_threshold(100_000)  # a plan makes many objects and little garbage


configfile: Path(workflow.basedir) / "params.yaml"


container: "polytask.sif"  # used with `--sdm apptainer` alone; docs/container.md


include: "workflow/system.smk"
include: "workflow/rules/papers.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/session.smk"


rule all:
    default_target: True
    input:
        [PAGES[system] for system in config["systems"]],
        "results/numbers.tex",
