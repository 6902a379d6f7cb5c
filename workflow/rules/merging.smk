# SIMO: merge the single-task models, re-align what came out, and see how tasks relate.
#
# IN   the labelled set, results/downstream/{single_task, its start}/
# OUT  results/merge/single_task.json                              (scores on the validation split)
#      results/merge/{merge}/model.safetensors, search.csv         (adamerging: coefficients.csv)
#      results/merge/{merge}/features/                             (what its encoder says)
#      results/realign/{merge}_heads/, {merge}_representation/model.safetensors
#      results/analysis/relationships/{task}.csv, retention.csv
#      results/tables/efficiency.csv, results/report/simo.html

VALIDATION = {
    **RUN,
    "dataset": DATASET_CONFIG,
    **{key: MERGING_CONFIG[key] for key in ("split", "num_images")},
    "batch_size": PARAMS["evaluation"]["batch_size"],
}
REALIGNED_ON = {
    "dataset": TRAINING_SET,
    **{key: MERGING_CONFIG[key] for key in ("split", "num_views")},
    "view": PARAMS["downstream"]["view"],
}
OBJECTIVE = {"task_weights": PARAMS["downstream"]["task_weights"], "losses": LOSSES}
SINGLE_TASK_MODELS = models_of(MERGING["single_task"])
BASE = origin_of(MERGING["single_task"])[0]
PICTURED = [MERGING["single_task"], MERGES[0], f"{MERGES[0]}_representation"]


rule validate:
    input:
        labelled=DATASET["root"],
        models=SINGLE_TASK_MODELS,
        code=code("validate.py"),
    output:
        scores=update("results/merge/single_task.json"),
    log:
        "logs/validate.log",
    resources:
        **asks("validate"),
    params:
        config=given(VALIDATION),
    script:
        "../scripts/validate.py"


rule merge:
    input:
        labelled=DATASET["root"],
        models=SINGLE_TASK_MODELS,
        base=BASE,
        baseline="results/merge/single_task.json",
        code=code("merge.py"),
    output:
        model=update("results/merge/{merge}/model.safetensors"),
        model_config=update("results/merge/{merge}/model.json"),
        search=update("results/merge/{merge}/search.csv"),
    log:
        "logs/merge/{merge}.log",
    wildcard_constraints:
        merge="|".join(MERGES),
    resources:
        **asks("merge"),
    params:
        config=lambda wildcards: given(
            {
                **VALIDATION,
                "name": wildcards.merge,
                "losses": LOSSES,
                **{
                    key: MERGING_CONFIG["methods"][wildcards.merge][key]
                    for key in MERGING["methods"][wildcards.merge]
                    if key != "title"
                },
            }
        ),
    script:
        "../scripts/merge.py"


rule adamerging:
    input:
        labelled=DATASET["root"],
        models=SINGLE_TASK_MODELS,
        base=BASE,
        code=code("adamerging.py"),
    output:
        model=update("results/merge/adamerging/model.safetensors"),
        model_config=update("results/merge/adamerging/model.json"),
        coefficients=update("results/merge/adamerging/coefficients.csv"),
        curves=update("results/merge/adamerging/curves.csv"),
        effort=update("results/merge/adamerging/effort.json"),
    log:
        "logs/adamerging.log",
    resources:
        **asks("adamerging"),
    params:
        config=lambda wildcards: given(
            {
                **TRAINED_RUN,
                **OBJECTIVE,
                **REALIGNED_ON,
                **{key: MERGING_CONFIG["adamerging"][key] for key in ("start", "fit")},
            }
        ),
    script:
        "../scripts/adamerging.py"


rule tall_masks:
    input:
        labelled=DATASET["root"],
        models=SINGLE_TASK_MODELS,
        base=BASE,
        code=code("tall_masks.py"),
    output:
        localised=update(models_of("tall_mask")),
        localised_configs=update(
            [model.replace(".safetensors", ".json") for model in models_of("tall_mask")]
        ),
        search=update("results/merge/tall_mask/search.csv"),
    log:
        "logs/tall_masks.log",
    resources:
        **asks("tall_masks"),
    params:
        config=lambda wildcards: given(
            {**VALIDATION, "thresholds": MERGING_CONFIG["tall_mask"]["thresholds"]}
        ),
    script:
        "../scripts/tall_masks.py"


rule merged_features:
    input:
        labelled=DATASET["root"],
        model="results/merge/{merge}/model.safetensors",
        code=code("merged_features.py"),
    output:
        index=update("results/merge/{merge}/features/index.json"),
        shards=update(
            expand(
                "results/merge/{{merge}}/features/{shard:02d}.safetensors",
                shard=range(config["features"]["num_shards"]),
            )
        ),
    log:
        "logs/merged_features/{merge}.log",
    wildcard_constraints:
        merge="|".join(MERGES),
    resources:
        **asks("merged_features"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.merge,
                **REALIGNED_ON,
            }
        ),
    script:
        "../scripts/merged_features.py"


rule realign_head:
    input:
        labelled=DATASET["root"],
        model="results/merge/{merge}/model.safetensors",
        index="results/merge/{merge}/features/index.json",
        shards=expand(
            "results/merge/{{merge}}/features/{shard:02d}.safetensors",
            shard=range(config["features"]["num_shards"]),
        ),
        code=code("realign_head.py"),
    output:
        head=update("results/realign/{merge}_heads/{task}/head.safetensors"),
        curves=update("results/realign/{merge}_heads/{task}/curves.csv"),
        effort=update("results/realign/{merge}_heads/{task}/effort.json"),
    log:
        "logs/realign_head/{merge}/{task}.log",
    wildcard_constraints:
        merge="|".join(MERGES),
        task="|".join(DATASET["tasks"]),
    resources:
        **asks("realign_head"),
    params:
        config=lambda wildcards: given(
            {
                **TRAINED_RUN,
                "name": wildcards.merge,
                "task": wildcards.task,
                "losses": LOSSES,
                **REALIGNED_ON,
                "fit": MERGING_CONFIG["realign"]["heads"],
            }
        ),
    script:
        "../scripts/realign_head.py"


rule realign_heads:
    input:
        merged="results/merge/{merge}/model.safetensors",
        heads=expand(
            "results/realign/{{merge}}_heads/{task}/head.safetensors", task=DATASET["tasks"]
        ),
        code=code("realign_heads.py"),
    output:
        model=update("results/realign/{merge}_heads/model.safetensors"),
        model_config=update("results/realign/{merge}_heads/model.json"),
    log:
        "logs/realign_heads/{merge}.log",
    wildcard_constraints:
        merge="|".join(MERGES),
    localrule: True  # seconds, where Snakemake itself runs
    script:
        "../scripts/realign_heads.py"


rule realign_representation:
    input:
        labelled=DATASET["root"],
        merged="results/merge/{merge}/model.safetensors",
        code=code("realign_representation.py"),
    output:
        model=update("results/realign/{merge}_representation/model.safetensors"),
        model_config=update("results/realign/{merge}_representation/model.json"),
        curves=update("results/realign/{merge}_representation/curves.csv"),
        effort=update("results/realign/{merge}_representation/effort.json"),
    log:
        "logs/realign_representation/{merge}.log",
    wildcard_constraints:
        merge="|".join(MERGES),
    resources:
        **asks("realign_representation"),
    params:
        config=lambda wildcards: given(
            {
                **TRAINED_RUN,
                "name": wildcards.merge,
                **OBJECTIVE,
                **REALIGNED_ON,
                **MERGING_CONFIG["realign"]["representation"],
            }
        ),
    script:
        "../scripts/realign_representation.py"


rule relationships:
    input:
        labelled=DATASET["root"],
        models=SINGLE_TASK_MODELS,
        base=BASE,
        baseline="results/merge/single_task.json",
        code=code("relationships.py"),
    output:
        tables=update(expand("results/analysis/relationships/{task}.csv", task=DATASET["tasks"])),
    log:
        "logs/relationships.log",
    resources:
        **asks("relationships"),
    params:
        config=lambda wildcards: given(
            {**VALIDATION, "scales": MERGING_CONFIG["relationships"]["scales"]}
        ),
    script:
        "../scripts/relationships.py"


rule retention:
    input:
        labelled=DATASET["root"],
        models=SINGLE_TASK_MODELS,
        base=BASE,
        validated="results/merge/single_task.json",
        tested=f"results/evaluate/{MERGING['single_task']}/metrics.json",
        code=code("retention.py"),
    output:
        table=update("results/analysis/retention.csv"),
    log:
        "logs/retention.log",
    resources:
        **asks("retention"),
    params:
        config=lambda wildcards: given({**VALIDATION, **MERGING_CONFIG["retention"]}),
    script:
        "../scripts/retention.py"


rule efficiency:
    input:
        efforts=[effort for row in TRAINED for effort in efforts_of(row)],
        code=code("efficiency.py"),
    output:
        table=update("results/tables/efficiency.csv"),
    log:
        "logs/efficiency.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given({"titles": {row: title_of(row) for row in TRAINED}}),
    script:
        "../scripts/efficiency.py"


rule report_simo:
    input:
        table="results/tables/simo.csv",
        efficiency="results/tables/efficiency.csv",
        metrics=expand("results/evaluate/{method}/metrics.json", method=SIMO_ROWS),
        samples=expand("results/evaluate/{method}/samples.npz", method=PICTURED),
        searches=expand("results/merge/{merge}/search.csv", merge=MERGES),
        relationships=(
            expand("results/analysis/relationships/{task}.csv", task=DATASET["tasks"])
            if MERGING["relationships"]
            else []
        ),
        retention="results/analysis/retention.csv" if MERGING["retention"] else [],
        coefficients=("results/merge/adamerging/coefficients.csv" if MERGING["adamerging"] else []),
        code=code("report_simo.py"),
    output:
        page=update("results/report/simo.html"),
    log:
        "logs/report_simo.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                "banner": PARAMS["report"]["banner"],
                "show": PICTURED[-1],
                "pages": pages_beside("simo"),
                "dataset": PARAMS["dataset"],
                "baseline": MERGING_CONFIG["single_task"],
                "joint": MERGING_CONFIG["joint"],
            }
        ),
    script:
        "../scripts/report_simo.py"
