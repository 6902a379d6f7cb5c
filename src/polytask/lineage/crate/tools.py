"""What ran: each rule with its code and packages, and the parameters that it takes."""

import json
from collections.abc import Mapping
from typing import Any

from polytask.lineage.crate.graph import Graph, Reference, local
from polytask.lineage.crate.jobs import Job, short_digest
from polytask.lineage.crate.payload import Payload

TYPES = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}


class Tools:
    """Entities of `graph` for rules, packages, and formal parameters with their values."""

    def __init__(self, graph: Graph, payload: Payload) -> None:
        self.graph = graph
        self.payload = payload

    def tool(self, job: Job) -> Reference:
        """The rule as an application: one for each state of its code and of the software."""
        record = job.record
        id_ = local("tool", record["rule"], job.tool)
        if id_ in self.graph.entities:
            return {"@id": id_}
        commit = record["git"]["commit"] or "no commit"
        dirty = " with uncommitted changes" if record["git"]["dirty"] else ""
        tool = self.graph.add(
            id_, "SoftwareApplication", name=f"rule {record['rule']}", softwareVersion=job.tool,
            description=f"First run at {commit}{dirty}; the version is a hash of code and software",
        )  # fmt: skip
        self.graph.link(tool, "hasPart", [self.payload.code(each) for each in record["code"]])
        packages = {"python": record["python"], **record["packages"]}
        needs = [self.package(name, version) for name, version in packages.items()]
        self.graph.link(tool, "softwareRequirements", needs)
        return tool

    def package(self, name: str, version: str) -> Reference:
        """A distribution; this project's own is its code, not what PyPI may have by its name."""
        if name == "polytask":
            id_ = local("package", name, version)
            return self.graph.add(id_, "SoftwareApplication", name=name, softwareVersion=version)
        url = f"https://pypi.org/project/{name}/{version}/"
        if name == "python":
            url = f"https://www.python.org/downloads/release/python-{version.replace('.', '')}/"
        return self.graph.add(
            url, "SoftwareApplication", name=name, softwareVersion=version, url=url
        )

    def file_parameter(self, tool: Reference, way: str, name: str, file: Reference) -> Reference:
        """The named input or output of a rule that `file` was given as."""
        kind = self.graph.entities[file["@id"]]["@type"]
        return self._formal(tool, way, name, kind if isinstance(kind, str) else "File", file)

    def value(self, tool: Reference, rule: str, name: str, value: Any) -> Reference:
        """One value of one parameter; equal values of a rule are one entity."""
        id_ = local("value", rule, name, short_digest(value))
        kind = TYPES.get(type(value), "Text")
        plain = value if type(value) in TYPES else json.dumps(value)
        reference = self.graph.add(id_, "PropertyValue", name=name, value=plain)
        self._formal(tool, "input", name, kind, reference)
        return reference

    def environment(self, record: Mapping[str, Any]) -> list[Reference]:
        """Where and how a job ran, as far as a result may depend on it."""
        told = {name: record[name] for name in ("device", "host", "threads", "seed", "lock")}
        return [
            self.graph.add(
                local("environment", name, short_digest(value)), "PropertyValue",
                name=name, value=value,
            )
            for name, value in told.items()
            if value is not None
        ]  # fmt: skip

    def _formal(
        self, tool: Reference, way: str, name: str, kind: str, example: Reference
    ) -> Reference:
        _, rule, _ = tool["@id"].split("/")
        parameter = self.graph.add(
            local("parameter", rule, way, name), "FormalParameter", name=name, additionalType=kind
        )
        self.graph.link(parameter, "workExample", [example])
        self.graph.link(example, "exampleOfWork", [parameter])
        self.graph.link(tool, way, [parameter])
        return parameter
