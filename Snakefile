"""SAK end to end: `snakemake --cores all`. Every value stands in params.yaml."""

from snakemake.utils import min_version

min_version("9.0")


configfile: Path(workflow.basedir) / "params.yaml"


container: "polytask.sif"  # used with `--sdm apptainer` alone; docs/container.md


include: "workflow/rules/common.smk"
include: "workflow/rules/selection.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/teachers.smk"
include: "workflow/rules/distill.smk"
include: "workflow/rules/downstream.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        "results/report/index.html",
        "results/numbers.tex",
