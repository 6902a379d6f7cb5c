# A self-contained page of SAK in full: its tables, figures and claims over repetitions.
#
# IN   results/sak/{table}.csv, gates of every repetition, results/analysis/{similarity,norms,costs}.json
# OUT  results/report/sak.html

SAK_SHOWN = config["report"]["show"]


def gates_of_repetitions(method):
    """What the routers of a method weighed, in each repetition; the first lies where rows always do."""
    below = [
        "results",
        *(f"results/repetitions/{n}" for n in range(1, config["sak"]["repetitions"])),
    ]
    return [f"{folder}/downstream/{method}/all/gates.csv" for folder in below]


rule report_sak:
    input:
        tables=expand("results/sak/{table}.csv", table=config["sak"]["tables"]),
        repetitions=expand("results/sak/{table}_repetitions.csv", table=config["sak"]["tables"]),
        gates=gates_of_repetitions(SAK_SHOWN),
        similarity="results/analysis/similarity.json",
        norms="results/analysis/norms.json",
        costs="results/analysis/costs.json",
        code=code("report_sak.py"),
    output:
        page=update("results/report/sak.html"),
    log:
        "logs/report_sak.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                "banner": PARAMS["report"]["banner"],
                "dataset": PARAMS["dataset"],
                "show": PARAMS["report"]["show"],
                "repetitions": PARAMS["sak"]["repetitions"],
                "stages": {
                    "stage 1": {
                        key: PARAMS["distill"]["fit"][key] for key in ("steps", "batch_size")
                    },
                    "stage 2": {
                        key: PARAMS["downstream"]["fit"][key] for key in ("steps", "batch_size")
                    },
                },
                "tables": {
                    name: {
                        "rows": PARAMS["sak"]["tables"][name]["rows"],
                        "baseline": PARAMS["sak"]["tables"][name].get("baseline"),
                    }
                    for name in config["sak"]["tables"]
                },
                "pages": {s.upper(): Path(PAGES[s]).name for s in config["systems"]},
            }
        ),
    script:
        "../scripts/report_sak.py"
