"""Which source files a script's result depends on (Snakemake itself tracks only the script)."""

import ast
import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from polytask.errors import UserError

SRC = Path(__file__).resolve().parents[2]
IN_CONTAINERS = ("APPTAINERENV_PYTHONPATH", "SINGULARITYENV_PYTHONPATH")


def code_closure(script: Path, src: Path = SRC) -> list[str]:
    """`script`, every module under `src` that it imports, directly or not, and their data files.

    Data files are whatever lies beside an imported module and is no Python: templates, tables.
    Paths under the working directory are relative to it, so that a clone may be moved. Raises
    FileNotFoundError when the script does not exist, SyntaxError when a file cannot be parsed.
    """
    return list(_closure(script.resolve(), src, Path.cwd()))


@functools.cache
def _closure(script: Path, src: Path, here: Path) -> tuple[str, ...]:
    """The same once per process: a plan asks for every job, and each study of the papers again."""
    found = {script}
    pending = list(found)
    while pending:
        new = set(_imported_files(pending.pop(), src)) - found
        found |= new
        pending += new
    modules = found - {script}
    found |= {file for folder in {file.parent for file in modules} for file in _data_files(folder)}
    return tuple(sorted(_from(here, file) for file in found))


def use_in_containers(src: Path = SRC) -> None:
    """Have jobs in a container import these sources, not those that it was built with."""
    os.environ.update(dict.fromkeys(IN_CONTAINERS, str(src)))


def check_loaded(code: Iterable[Path], src: Path = SRC) -> None:
    """Raise UserError where Python loaded sources that are not `code`, which is recorded."""
    inside = Path(__file__).resolve().relative_to(SRC)
    for file in code:
        if file.parts[-len(inside.parts) :] == inside.parts and file.resolve() != src / inside:
            named = file.resolve().parents[len(inside.parts) - 1]
            raise UserError(
                f"Python loaded polytask from {src}, not from {named}: set PYTHONPATH={named}"
            )


@functools.cache
def _imported_files(file: Path, src: Path) -> frozenset[Path]:
    """The files under `src` that the import statements of `file` name, packages included."""
    own = {path.stem for path in src.iterdir()}
    modules = {
        ".".join(parts)
        for module in set(_imported_modules(file, src))
        if module.partition(".")[0] in own
        for parts in _prefixes(module)
    }
    return frozenset().union(*(_module_files(module, src) for module in modules))


@functools.cache
def _module_files(module: str, src: Path) -> frozenset[Path]:
    """`a.b` is a/b.py or a/b/__init__.py, or a name in `a` and no file."""
    path = src.joinpath(*module.split("."))
    return frozenset(f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file())


def _imported_modules(file: Path, src: Path) -> Iterator[str]:
    """Dotted names; for `from a import b` both `a` and `a.b`, as b may be a module."""
    for node in _statements(ast.parse(file.read_bytes(), filename=str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = _package(file, node.level, src) if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement in `node`, however deep; expressions, which hold no imports, are skipped."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            if isinstance(child, ast.stmt):
                yield child
            yield from _statements(child)


def _package(file: Path, level: int, src: Path) -> list[str]:
    """The package that a relative import with `level` dots starts from."""
    return list(file.relative_to(src).parts[:-level])


def _prefixes(module: str) -> Iterator[list[str]]:
    """`a.b.c` imports a, a.b and a.b.c."""
    parts = module.split(".")
    return (parts[: end + 1] for end in range(len(parts)))


def _data_files(folder: Path) -> Iterator[Path]:
    """What is no Python in a package's folder, and in folders in it that are no packages."""
    for path in folder.iterdir():
        if path.name.startswith((".", "__pycache__")):
            continue
        if path.is_dir() and not (path / "__init__.py").exists():
            yield from _data_files(path)
        elif path.is_file() and path.suffix not in {".py", ".pyc"}:
            yield path


def _from(here: Path, file: Path) -> str:
    return os.path.relpath(file, here) if file.is_relative_to(here) else str(file)
