# All rules of one configuration, from the data to its tables and pages. The Snakefile runs them with
# params.yaml; rules/papers.smk once more per study of the papers, as a module.
#
# IN   config
# OUT  results/


include: "rules/common.smk"
include: "rules/selection.smk"
include: "rules/rows.smk"
include: "rules/data.smk"
include: "rules/teachers.smk"
include: "rules/distill.smk"
include: "rules/downstream.smk"


if "simo" in config["systems"]:

    include: "rules/merging.smk"


if "argus" in config["systems"]:

    include: "rules/argus.smk"


if "vta" in config["systems"]:

    include: "rules/vta.smk"


include: "rules/evaluate.smk"
include: "rules/costs.smk"
include: "rules/report.smk"
