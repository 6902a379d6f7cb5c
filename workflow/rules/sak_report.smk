# A self-contained page of SAK in full: its tables, figures and claims over repetitions.
#
# IN   rows.smk, repetitions.smk; results/sak/, gates of every repetition; results/analysis/{similarity,norms,costs}.json
# OUT  results/report/sak.html


rule report_sak:
    input:
        tables=expand("results/sak/{table}.csv", table=SAK["tables"]),
        repetitions=expand("results/sak/{table}_repetitions.csv", table=SAK["tables"]),
        gates=lambda wildcards: of_all_repetitions(
            f"results/downstream/{config['report']['show']}/all/gates.csv"
        ),
        similarity="results/analysis/similarity.json",
        norms="results/analysis/norms.json",
        costs=of_first_repetition("results/analysis/costs.json"),
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
                "repetitions": SAK_CONFIG["repetitions"],
                "stages": {
                    "stage 1": {
                        key: PARAMS["distill"]["fit"][key] for key in ("steps", "batch_size")
                    },
                    "stage 2": {key: REPEATED_FIT[key] for key in ("steps", "batch_size")},
                },
                "tables": SAK_CONFIG["tables"],
                "pages": pages_beside("sak_in_full"),
            }
        ),
    script:
        "../scripts/report_sak.py"
