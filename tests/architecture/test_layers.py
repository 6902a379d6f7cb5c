"""Imports point one way: a package may use only the layers below its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
LAYERS = [
    {"across_processes", "disk", "errors", "progress"},
    {"tasks", "class_names"},
    {"known_pixels", "predictions", "protocols"},
    {"drawing"},
    {"data", "losses", "metrics"},
    {"models", "merging", "affinity"},
    {"teachers"},
    {"training"},
    {"records", "papers"},
    {"lineage"},
    {"reporting"},
    {"pipeline"},
    {"argus", "vta", "beside_teachers", "small_set", "tracked", "united", "validation", "price"},
    {"predict", "merge", "official", "export", "costs"},
    {"demo"},
    {"commands"},
    {"cli"},
]
RANK = {package: rank for rank, layer in enumerate(LAYERS) for package in layer}
FORBIDDEN = {
    (package, other)
    for package in ("models", "merging", "affinity")
    for other in ("data", "losses", "metrics")
}
TORCH_FREE = (
    "class_names.py",
    "disk.py",
    "errors.py",
    "progress.py",
    "tasks.py",
    "protocols.py",
    "records/",
    "lineage/",
    "pipeline/",
    "data/rooms/",
    "data/checking/",
    "data/fetching/",
)
ONLY_IN = {
    "mlflow": {"src/polytask/pipeline/tracking/store.py"},
    "snakemake": {"workflow/bookkeeping/dag.py"},  # scripts name it for type checkers only
}


def imports(file: Path, *, when_loaded: bool = False) -> Iterator[str]:
    """Dotted names that `file` imports; `when_loaded` leaves out functions and TYPE_CHECKING."""
    pending: list[ast.AST] = [ast.parse(file.read_text())]
    while pending:
        node = pending.pop()
        if when_loaded and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        pending += ast.iter_child_nodes(node)


def sources(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", sources("src"), ids=name)
def test_imports_point_downwards(file: Path) -> None:
    package = file.relative_to(SRC / "polytask").parts[0].removesuffix(".py")
    used = {module.split(".")[1] for module in imports(file) if module.startswith("polytask.")}
    for other in used - {package} if package != "__init__" else set():
        assert RANK[other] < RANK[package], f"{package} must not import {other}"
        assert (package, other) not in FORBIDDEN, f"{package} must not import {other}"


@pytest.mark.parametrize("file", sources("src", "workflow"), ids=name)
def test_foreign_packages_stay_in_their_place(file: Path) -> None:
    used = {module.split(".")[0] for module in imports(file)}
    for package, allowed in ONLY_IN.items():
        assert package not in used or name(file) in allowed, f"{package} does not belong here"


@pytest.mark.parametrize("part", TORCH_FREE)
def test_what_plans_and_renders_never_loads_torch(part: str) -> None:
    files = [file for file in sources("src") if f"polytask/{part}" in file.as_posix()]
    loaded = {
        name(file): {m.split(".")[0] for m in imports(file, when_loaded=True)} for file in files
    }
    assert files
    assert [file for file, packages in loaded.items() if packages & {"torch", "timm"}] == []


def test_nothing_imports_a_script() -> None:
    scripts = {file.stem for file in sources("workflow/scripts")}
    for file in sources("src"):
        assert not scripts & {module.split(".")[0] for module in imports(file)}, file
