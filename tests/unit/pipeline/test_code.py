"""The code closure of a script is itself and what it imports from here."""

import subprocess
import sys
from pathlib import Path

import pytest

from polytask.pipeline.code import code_closure


@pytest.fixture
def src(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "src/pack/__init__.py": "",
        "src/pack/direct.py": "import numpy\nfrom pack import indirect",
        "src/pack/indirect.py": "from .sub.deep import thing",
        "src/pack/sub/__init__.py": "",
        "src/pack/sub/deep.py": "thing = 1",
        "src/pack/sub/page.html": "<p>",
        "src/pack/unused.py": "",
        "src/pack/late.py": "",
        "scripts/rule.py": "import pack.direct\ntry:1\nexcept E:\n  def f():\n    import pack.late",
        "scripts/other.py": "",
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    return tmp_path / "src"


def test_closure_holds_the_script_its_imports_and_their_data(src):
    names = ["__init__", "direct", "indirect", "late", "sub/__init__", "sub/deep"]
    wanted = {f"src/pack/{name}.py" for name in names}
    closure = code_closure(Path("scripts/rule.py"), src)
    assert closure == sorted({"scripts/rule.py", "src/pack/sub/page.html"} | wanted)


def test_closure_is_the_same_from_another_clone(src, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    here = code_closure(Path("scripts/rule.py"), src)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert all(Path(path).is_absolute() for path in code_closure(tmp_path / "scripts/rule.py", src))
    assert not any(Path(path).is_absolute() for path in here)


def test_what_rule_files_import_loads_neither_torch_nor_mlflow():
    modules = ["code", "doubt", "parameters", "rule", "tracking.follower"]
    imports = ";".join(f"import polytask.pipeline.{module}" for module in modules)
    check = "import sys; print({'torch', 'mlflow', 'snakemake', 'numpy'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", f"{imports};{check}"], capture_output=True, text=True
    )
    assert run.stdout == "set()\n", run.stderr
