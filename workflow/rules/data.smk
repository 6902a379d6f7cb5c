# Render the embedded data: labelled scenes, and the corpus that plays ImageNet's part.
#
# IN   nothing: every image follows from its seed
# OUT  results/data/rooms_{part}.tar   (NYUD-v2 layout)


rule rooms:
    input:
        code=code("rooms.py"),
    output:
        archive="results/data/rooms_{part}.tar",
    log:
        "logs/rooms/{part}.log",
    wildcard_constraints:
        part="labelled|corpus",
    threads: workflow.cores
    params:
        config=lookup("rooms/{part}", within=config),
    script:
        "../scripts/rooms.py"
