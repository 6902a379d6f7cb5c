"""SAK and SIMO end to end: `snakemake --cores all`. Every value stands in params.yaml."""

from snakemake.utils import min_version

min_version("9.0")


configfile: Path(workflow.basedir) / "params.yaml"


container: "polytask.sif"  # used with `--sdm apptainer` alone; docs/container.md


include: "workflow/system.smk"


if "argus" not in config["systems"]:  # it can be asked for by name

    include: "workflow/rules/argus.smk"


include: "workflow/rules/papers.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/session.smk"


rule all:
    default_target: True
    input:
        [PAGES[system] for system in config["systems"]],
        "results/numbers.tex",


rule argus:
    input:
        PAGES["argus"],
