# Judge every method on the test split, and set all of them in one table.
#
# IN   the labelled set, results/downstream/{method}/; both domains of VTA, results/vta/{model}/
# OUT  results/evaluate/{method}/metrics.json, samples.npz
#      results/tables/{table}.csv      (a table per system: sak, simo; of VTA one per setting; sak_{table}: SAK's own)


rule evaluate:
    input:
        labelled=lambda wildcards: config["datasets"][judged_by(wildcards.method)[0].value]["root"],
        models=lambda wildcards: models_of(wildcards.method),
        code=code("evaluate.py"),
    output:
        metrics=update("results/evaluate/{method}/metrics.json"),
        samples=update("results/evaluate/{method}/samples.npz"),
    log:
        "logs/evaluate/{method}.log",
    wildcard_constraints:
        method="|".join(DENSE_ROWS),
    resources:
        **asks("evaluate"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.method,
                "title": title_of(wildcards.method),
                "dataset_name": judged_by(wildcards.method)[0],
                "dataset": judged_by(wildcards.method)[1],
                **{key: PARAMS["evaluation"][key] for key in ("batch_size", "num_samples")},
            }
        ),
    script:
        "../scripts/evaluate.py"


rule table:
    input:
        metrics=lambda wildcards: expand(
            "results/evaluate/{method}/metrics.json", method=TABLES[wildcards.table]["rows"]
        ),
        code=code("table.py"),
    output:
        table=update("results/tables/{table}.csv"),
    log:
        "logs/table/{table}.log",
    wildcard_constraints:
        table="|".join(TABLES),
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=lambda wildcards: given({"baseline": TABLES[wildcards.table]["baseline"]}),
    script:
        "../scripts/table.py"
