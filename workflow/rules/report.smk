# A self-contained page per system about everything above, and their numbers for papers.
#
# IN   metrics, samples, curves, analysis, feature statistics; searches, relationships, retention
# OUT  results/report/index.html, simo.html
#      results/numbers.tex, numbers.json   (a LaTeX macro and a lineage id per number)


rule report:
    input:
        table="results/tables/sak.csv",
        metrics=expand("results/evaluate/{method}/metrics.json", method=SAK_ROWS),
        samples=expand("results/evaluate/{method}/samples.npz", method=SAK_ROWS),
        curves=[
            *expand("results/distill/{student}/curves.csv", student=DISTILLED),
            *[curve for method in SAK_ROWS for curve in curves_of(method)],
        ],
        biases="results/analysis/biases.json",
        similarity="results/analysis/similarity.json",
        statistics=statistics("corpus", COMMITTEE),
        code=code("report.py"),
    output:
        page=update("results/report/index.html"),
    log:
        "logs/report.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                **PARAMS["report"],
                "pages": pages_beside("sak"),
                "dataset": PARAMS["dataset"],
                "baseline": PARAMS["downstream"]["baseline"],
            }
        ),
    script:
        "../scripts/report.py"


rule paper_numbers:
    input:
        tables=[table for system in config["systems"] for table in tables_of_system(system)],
        code=code("paper_numbers.py"),
    output:
        latex=update("results/numbers.tex"),
        index=update("results/numbers.json"),
    log:
        "logs/paper_numbers.log",
    localrule: True  # seconds, where Snakemake itself runs
    script:
        "../scripts/paper_numbers.py"
