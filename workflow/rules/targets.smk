# What can be asked for by its name, beside `all`, and the rules that nothing else needs: `snakemake sak`.
#
# IN   all other rules
# OUT  the rules argus, vta, sak, compare, which make nothing themselves


for system in ("argus", "vta"):
    if system not in config["systems"]:

        include: f"{system}.smk"


include: "affinities.smk"
include: "repetitions.smk"
include: "sak_report.smk"


if "simo" in config["systems"]:  # whose merged models are among those compared

    include: "compare.smk"


for system in ("argus", "vta"):

    rule:
        name:
            system
        input:
            PAGES[system],


rule sak:
    input:
        "results/report/sak.html",


if "simo" in config["systems"]:

    rule compare:
        input:
            PAGES["compare"],
