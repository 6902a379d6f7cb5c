# What can be asked for by its name, beside `all`: `snakemake sak`.
#
# IN   rows.smk, repetitions.smk
# OUT  the rules argus, vta, sak, compare, which make nothing themselves

for system in ("argus", "vta"):

    rule:
        name:
            system
        input:
            PAGES[system],


rule sak:
    input:
        expand(f"{OVER_ALL}/{{table}}.csv", table=SAK["tables"]),


if "simo" in config["systems"]:

    rule compare:
        input:
            PAGES["compare"],
