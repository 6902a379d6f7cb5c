"""`polytask demo` in a real browser: a photo in, pictures out, a slider moved by the keyboard."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from chromium import asked_elsewhere, browser, why_not
from demo_models import TASKS, make_model, make_photo
from one_node import wait_for
from working_copy import ROOT

SECONDS = 60


@pytest.fixture(scope="module")
def needs_a_browser() -> None:
    if reason := why_not():
        pytest.skip(reason)


@pytest.fixture
def address(tmp_path, needs_a_browser) -> Iterator[str]:
    """Where a tiny model is served, until Ctrl-C."""
    model = make_model(tmp_path / "model")
    command = [sys.executable, "-m", "polytask.cli", "demo", model, "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/src", "OMP_NUM_THREADS": "1"}
    log = tmp_path / "server.log"
    with log.open("w") as errors:
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment,
            preexec_fn=_interruptible,
        )  # fmt: skip
    line = server.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    try:
        assert found, line + log.read_text()
        yield found.group()
    finally:
        server.send_signal(signal.SIGINT)
        status = server.wait(30)
        server.stdout.close()
    assert status == 0, log.read_text()


def _interruptible() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Visit:
    """A page in a browser, spoken to in CSS."""

    def __init__(self, driver, address: str) -> None:
        self.driver = driver
        driver.get(address)

    def all(self, css: str) -> list:
        return self.driver.find_elements("css selector", css)

    def text(self, css: str) -> str:
        script = "return document.querySelector(arguments[0])?.innerText.trim() ?? ''"
        return self.driver.execute_script(script, css)

    def sources(self, css: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map(each => each.src)"
        return self.driver.execute_script(script, css)

    def until(self, true: Callable[[], object], what: str) -> None:
        wait_for(true, SECONDS, what)

    def bring(self, photo) -> None:
        self.until(lambda: self.all("#file"), "the place for a photo")
        self.all("#file")[0].send_keys(str(photo))


def test_a_photo_is_seen_and_a_slider_changes_what_is_seen(address, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    with browser(tmp_path / "profile") as driver:
        visit = Visit(driver, address)
        visit.bring(tmp_path / "broken.png")
        visit.until(lambda: visit.text("#message"), "a message")
        assert "broken.png: not an image" in visit.text("#message")
        assert not visit.all("#gallery img")

        visit.bring(make_photo(tmp_path / "cat.png", 300, 200))
        visit.until(lambda: len(visit.all("#gallery img")) == len(TASKS), "all tasks")
        visit.until(lambda: len(visit.all("#comparison img")) == 3, "the comparison")
        before = visit.sources("#comparison img")
        assert visit.text("#number") == "0"

        slider = visit.all("#weight-boundary")[0]
        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", slider)
        for _ in range(20):
            slider.send_keys("\ue014")  # the arrow to the right
        visit.until(lambda: visit.text("#number") not in ("", "0"), "another number")
        after = visit.sources("#comparison img")
        assert after[0] == before[0]
        assert after[1] != before[1] and after[2] != before[2]
        assert visit.all("#gates .yours")

        visit.all("#only-semantic")[0].click()
        weight = visit.all("#weight-semantic")[0]
        visit.until(lambda: weight.get_property("value") == "100", "one expert alone")
        visit.all("#reset")[0].click()
        visit.until(lambda: visit.text("#number") == "0", "the routers' own weights")
        visit.until(lambda: visit.sources("#comparison img") == before, "the routers' own pictures")

        assert driver.save_screenshot(str(tmp_path / "page.png"))
        assert asked_elsewhere(driver) == []
