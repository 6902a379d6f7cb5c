"""SAK and SIMO end to end: `snakemake --cores all`. Every value stands in params.yaml."""

from snakemake.utils import min_version

min_version("9.0")


configfile: Path(workflow.basedir) / "params.yaml"


container: "polytask.sif"  # used with `--sdm apptainer` alone; docs/container.md


include: "workflow/rules/common.smk"
include: "workflow/rules/selection.smk"
include: "workflow/rules/rows.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/teachers.smk"
include: "workflow/rules/distill.smk"
include: "workflow/rules/downstream.smk"


if "simo" in config["systems"]:

    include: "workflow/rules/merging.smk"


include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        [PAGES[system] for system in config["systems"]],
        "results/numbers.tex",
