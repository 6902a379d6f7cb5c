"""A real browser without a window, of Debian's chromium and chromedriver, and what it asked for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from debian import can_install, install, missing

PROGRAMS = ("chromium", "chromedriver")
PACKAGES = ("chromium", "chromium-driver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--no-proxy-server", "--window-size=1360,1500",
)  # fmt: skip
LOCAL = ("127.0.0.1", "localhost", "")


def why_not() -> str:
    """Why no browser can be started here, or nothing; installs it where that was asked for."""
    if missing(PROGRAMS) and can_install("POLYTASK_INSTALL_CHROMIUM"):
        install(PACKAGES, PROGRAMS)
    if program := missing(PROGRAMS):
        packages = " ".join(PACKAGES)
        return f"no {program}: apt-get install {packages}, or set POLYTASK_INSTALL_CHROMIUM=1"
    return "" if find_spec("selenium") else "no selenium: pip install selenium"


@contextmanager
def browser(profile: Path) -> Iterator:
    """A selenium driver with a new profile in `profile`; it logs every request."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


def asked_elsewhere(driver) -> list[str]:
    """The addresses that the page asked for since it was asked last, but for this computer's."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    sent = [each["params"] for each in events if each["method"] == "Network.requestWillBeSent"]
    assert sent, "the browser logs no requests"
    return [url for url in (one["request"]["url"] for one in sent) if _leaves(url)]


def _leaves(url: str) -> bool:
    parts = urlsplit(url)
    return (
        parts.scheme not in ("data", "blob", "chrome", "chrome-untrusted")
        and parts.hostname not in LOCAL
    )
