# One self-contained page about everything above.
#
# IN   metrics, samples, curves, analysis, feature statistics
# OUT  results/report/index.html


rule report:
    input:
        table="results/tables/sak.csv",
        metrics=expand("results/evaluate/{method}/metrics.json", method=METHODS),
        samples=expand("results/evaluate/{method}/samples.npz", method=METHODS),
        curves=[
            *expand("results/distill/{student}/curves.csv", student=STUDENTS),
            *[curve for method in METHODS for curve in curves_of(method)],
        ],
        biases="results/analysis/biases.json",
        similarity="results/analysis/similarity.json",
        statistics=statistics("corpus"),
        code=code("report.py"),
    output:
        page=update("results/report/index.html"),
    log:
        "logs/report.log",
    params:
        config=given(
            {
                **PARAMS["report"],
                "dataset": PARAMS["dataset"],
                "baseline": PARAMS["downstream"]["baseline"],
            }
        ),
    script:
        "../scripts/report.py"
