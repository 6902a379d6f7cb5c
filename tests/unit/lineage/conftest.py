import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # --import-mode=importlib knows no neighbours

from trees import project


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The small project, and the working directory in it."""
    monkeypatch.chdir(tmp_path)
    return project(tmp_path)
