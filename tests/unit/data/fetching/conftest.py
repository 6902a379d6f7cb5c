"""No test waits, and none asks a proxy for this machine."""

import pytest

from polytask.data.fetching import download


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> list[float]:
    """The waits between tries, which are not waited."""
    waited: list[float] = []
    monkeypatch.setattr(download.time, "sleep", waited.append)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return waited
