# The four papers side by side: one table over the repetitions, what each row costs and what it was trained on.
#
# IN   results/tables/compare.csv of every repetition, results/analysis/costs/compare.json, efforts
# OUT  results/compare/table.csv, table_repetitions.csv, results/report/compare.html


use rule repeated_table as repeated_comparison with:
    input:
        tables=of_all_repetitions("results/tables/compare.csv"),
        code=code("repeated_table.py"),
    output:
        table=update("results/compare/table.csv"),
        repetitions=update("results/compare/table_repetitions.csv"),
    log:
        "logs/repeated_comparison.log",


COMPARED = config["compare"]["rows"]


def trainings_of(row):
    """The trainings behind a row, stage by stage, each with the files that say what it took."""
    if row in METHODS:
        start = METHODS[row].get("start")
        return {**(trainings_of(start) if start else {}), row: took(row)}
    merged = row in MERGES or row in REALIGNED or row in UNSCALED
    before = trainings_of(MERGING["single_task"]) if merged else {}
    return {**before, **({} if row in MERGES else {row: took(row)})}


def took(row):
    """What the trainings of a row took in the first repetition."""
    return [of_first_repetition(file) for file in efforts_of(row)]


def distilled_for(row):
    """The student that stage 1 distilled for a row, and for how long; none where it had none."""
    student = METHODS[row]["student"] if row in METHODS else None
    if student not in TRAINABLE:
        return None
    fit = PARAMS["distill"]["fit"]
    return {key: fit[key] for key in ("steps", "batch_size")} | own_of(student, "steps")


rule report_compare:
    input:
        table="results/compare/table.csv",
        repetitions="results/compare/table_repetitions.csv",
        costs=of_first_repetition("results/analysis/costs/compare.json"),
        efforts=list(
            dict.fromkeys(
                file for row in COMPARED for files in trainings_of(row).values() for file in files
            )
        ),
        code=code("report_compare.py"),
    output:
        page=update("results/report/compare.html"),
    log:
        "logs/report_compare.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                "banner": PARAMS["report"]["banner"],
                "dataset": PARAMS["dataset"],
                "baseline": PARAMS["compare"]["baseline"],
                "pages": pages_beside("compare"),
                "trainings": {row: trainings_of(row) for row in COMPARED},
                "titles": {name: title_of(name) for row in COMPARED for name in trainings_of(row)},
                "stage_1": {row: distilled_for(row) for row in COMPARED if distilled_for(row)},
            }
        ),
    script:
        "../scripts/report_compare.py"
