"""roc-validator without a network, where it is installed: it asks for two JSON-LD contexts only.

RO-Crate 1.1's context is put together from that of a later version, which comes with `rocrate`, and
the terms that 1.1 spells otherwise; the Workflow Run terms are few.
"""

import json
from importlib.resources import files
from pathlib import Path

SCHEMA, BIO = "http://schema.org/", "https://bioschemas.org/"
RUN = "https://w3id.org/ro/terms/workflow-run#"
SPELT_OTHERWISE = {
    "File": f"{SCHEMA}MediaObject",
    "ComputationalWorkflow": f"{BIO}ComputationalWorkflow",
    "FormalParameter": f"{BIO}FormalParameter",
    "input": f"{BIO}ComputationalWorkflow#input",
    "output": f"{BIO}ComputationalWorkflow#output",
}
RUN_TERMS = ("sha256", "environment", "resourceUsage", "containerImage", "connection",
             "ParameterConnection", "sourceParameter", "targetParameter")  # fmt: skip
PROFILES = ("ro-crate-1.1", "process-run-crate-0.5", "workflow-ro-crate-1.0",
            "workflow-run-crate-0.5", "provenance-run-crate-0.5")  # fmt: skip


def pages() -> dict[str, str]:
    """What the validator would fetch, by address."""
    later = json.loads((files("rocrate") / "data/ro-crate.jsonld").read_text())["@context"]
    terms = {key: value for key, value in later.items() if key not in RUN_TERMS}
    run = {term: RUN + term for term in RUN_TERMS}
    return {
        "https://w3id.org/ro/crate/1.1/context": json.dumps({"@context": terms | SPELT_OTHERWISE}),
        "https://w3id.org/ro/terms/workflow-run/context": json.dumps({"@context": run}),
    }


class Answer:
    """As much of a response as the validator looks at."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.ok, self.status_code = text is not None, 200 if text is not None else 404
        self.content = (text or "").encode()
        self.headers = {"Content-Type": "application/ld+json"}
        self.links, self.history, self.reason = {}, [], ""

    def json(self) -> object:
        return json.loads(self.text)

    def raise_for_status(self) -> None:
        if not self.ok:
            raise RuntimeError(self.status_code)


def required_issues(crate: Path, profile: str, monkeypatch) -> list[str]:
    """What roc-validator calls REQUIRED and finds missing, by one profile and those it extends."""
    from rocrate_validator import models, services
    from rocrate_validator.utils.http import HttpRequester

    known = pages()
    for name in ("get", "head", "fetch_fresh"):
        answer = lambda self, url, *_, **__: Answer(known.get(url))  # noqa: E731
        monkeypatch.setattr(HttpRequester, name, answer, raising=False)
    monkeypatch.setattr(HttpRequester, "has_cached", lambda self, url: url in known)
    settings = services.ValidationSettings(
        rocrate_uri=str(crate), profile_identifier=profile,
        requirement_severity=models.Severity.REQUIRED,
    )  # fmt: skip
    return [
        f"{each.check.identifier}: {each.message}" for each in services.validate(settings).issues
    ]
