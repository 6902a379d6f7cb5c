# Stage 2: train each method on the labelled set, all tasks together or one model per task.
#
# IN   the labelled set, results/distill/{student}/, results/features/labelled/
# OUT  results/downstream/{method}/{tasks}/model.safetensors, curves.jsonl   (tasks: `all`, or one)


rule downstream:
    input:
        labelled=DATASET["root"],
        student=lambda wildcards: student_of(wildcards.method),
        teachers=lambda wildcards: targets("labelled") if METHODS[wildcards.method]["gamma"] else [],
        code=code("downstream.py"),
    output:
        model="results/downstream/{method}/{tasks}/model.safetensors",
        model_config="results/downstream/{method}/{tasks}/model.json",
        curves="results/downstream/{method}/{tasks}/curves.jsonl",
    log:
        "logs/downstream/{method}/{tasks}.log",
    wildcard_constraints:
        method="|".join(METHODS),
        tasks="|".join(["all", *DATASET["tasks"]]),
    params:
        config=lambda wildcards: {
            **RUN,
            "name": f"{wildcards.method}/{wildcards.tasks}",
            **{key: METHODS[wildcards.method][key] for key in ("student", "fusion", "gamma")},
            "dataset": DATASET,
            "tasks": DATASET["tasks"] if wildcards.tasks == "all" else [wildcards.tasks],
            "plain_student": {**config["student"], "biases": "none"},
            "initial_weights": config["initial_weights"],
            "committee": COMMITTEE_CONFIG,
            "alpha": config["distill"]["alpha"],
            "beta": config["distill"]["beta"],
            **{
                key: config["downstream"][key]
                for key in ("task_weights", "edge_pos_weight", "fit")
            },
            **VIEWS["labelled"],
        },
    script:
        "../scripts/downstream.py"
