"""Released encoders that are scaled down."""

import pytest
from released_encoders import SIZES

from polytask.teachers.released import radio, theia


@pytest.fixture(autouse=True)
def scaled_down(monkeypatch) -> None:
    monkeypatch.setattr(radio, "SIZES", SIZES["radio"])
    monkeypatch.setattr(theia, "SIZES", SIZES["theia"])
