# Stage 2: train each method on the labelled set, all tasks together or one model per task.
#
# IN   the labelled set, results/distill/{student}/, results/features/labelled/
# OUT  results/downstream/{method}/{tasks}/model.safetensors, curves.csv, gates.csv, effort.json
#      (tasks: `all`, or one)


rule downstream:
    input:
        labelled=DATASET["root"],
        student=lambda wildcards: student_of(wildcards.method),
        origin=lambda wildcards: origin_of(wildcards.method),
        teachers=lambda wildcards: targets("labelled", teachers_of(wildcards.method)),
        code=code("downstream.py"),
    output:
        model=update("results/downstream/{method}/{tasks}/model.safetensors"),
        model_config=update("results/downstream/{method}/{tasks}/model.json"),
        curves=update("results/downstream/{method}/{tasks}/curves.csv"),
        gates=update("results/downstream/{method}/{tasks}/gates.csv"),
        effort=update("results/downstream/{method}/{tasks}/effort.json"),
    log:
        "logs/downstream/{method}/{tasks}.log",
    wildcard_constraints:
        method="|".join(METHODS),
        tasks="|".join(["all", *DATASET["tasks"]]),
    resources:
        **asks("downstream"),
    params:
        config=lambda wildcards: given(
            {
                **TRAINED_RUN,
                "name": f"{wildcards.method}/{wildcards.tasks}",
                **{
                    key: METHOD_CONFIGS[wildcards.method][key]
                    for key in ("student", "fusion", "gamma")
                },
                **{
                    key: METHOD_CONFIGS[wildcards.method].get(key, default)
                    for key, default in {"start": None, "frozen": False, "share": 1.0}.items()
                },
                "dataset": TRAINING_SET,
                "tasks": (
                    DATASET_CONFIG["tasks"] if wildcards.tasks == "all" else [wildcards.tasks]
                ),
                "plain_student": {
                    **backbone_of(METHOD_CONFIGS[wildcards.method]),
                    **adapter_of(METHOD_CONFIGS[wildcards.method]),
                    "biases": "none",
                },
                "encoder": encoder_of(METHOD_CONFIGS[wildcards.method]),
                "initial_weights": (
                    "random"
                    if "encoder" in METHODS[wildcards.method]
                    else initial_of(METHOD_CONFIGS[wildcards.method])
                ),
                "committee": committee_config(teachers_of(wildcards.method)),
                "alpha": PARAMS["distill"]["alpha"],
                "beta": PARAMS["distill"]["beta"],
                "head": head_of(METHOD_CONFIGS[wildcards.method]),
                **mlore_of(METHOD_CONFIGS[wildcards.method]),
                "task_weights": PARAMS["downstream"]["task_weights"],
                "balancing": METHOD_CONFIGS[wildcards.method].get(
                    "balancing", PARAMS["downstream"]["balancing"]
                ),
                "losses": LOSSES,
                "fit": {
                    **PARAMS["downstream"]["fit"],
                    **METHOD_CONFIGS[wildcards.method].get("fit", {}),
                },
                **VIEWS["labelled"],
            }
        ),
    script:
        "../scripts/downstream.py"
