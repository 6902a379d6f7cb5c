"""A Provenance Run Crate of some records: workflow, steps, tools, jobs, files and parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from polytask.lineage.crate.graph import DESCRIPTOR, Graph, Reference, local
from polytask.lineage.crate.jobs import Job, jobs_of, values_in
from polytask.lineage.crate.payload import Payload
from polytask.lineage.crate.tools import Tools
from polytask.records.files import Record

RUN_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
SNAKEMAKE = "https://snakemake.github.io"
COMPLETED = "http://schema.org/CompletedActionStatus"
ROOT = {"@id": "./"}


@dataclass(frozen=True, kw_only=True)
class About:
    """What the records do not know: a title, the licence of the crate, and who ran the jobs."""

    name: str
    license: str
    agent: str | None = None


@dataclass(frozen=True)
class Step:
    """One rule of the workflow, and its jobs' actions so far."""

    how: Reference
    tool: Reference


class Builder:
    """Fills a graph with all that some records say."""

    def __init__(self, repository: Path, about: About) -> None:
        self.graph = Graph()
        self.payload = Payload(self.graph, repository)
        self.tools = Tools(self.graph, self.payload)
        self.about = about
        self.agent: list[Reference] = []
        self.produced: set[str] = set()

    def build(self, records: Sequence[Record]) -> None:
        """Every job of `records`, as actions of one run of the workflow."""
        jobs = jobs_of(records)
        self.produced = {each["output"]["path"] for each in records}
        self._root(jobs)
        if self.about.agent:
            self.agent = [self.graph.add(local("agent"), "Person", name=self.about.agent)]
            self.graph.link(ROOT, "author", self.agent)
        workflow = self._workflow(jobs)
        run = self._run(workflow, jobs)
        controls = [self._job(workflow, job) for job in jobs]
        engine = self.graph.add(
            SNAKEMAKE, "SoftwareApplication", name="Snakemake", url=SNAKEMAKE,
            softwareVersion=_snakemake(jobs),
        )  # fmt: skip
        self.graph.add(
            local("organize"), "OrganizeAction", name="Snakemake ran the jobs", instrument=engine,
            agent=self.agent, object=controls, result=run, startTime=_start(jobs),
            endTime=_end(jobs),
        )  # fmt: skip
        self._mention(local("organize"), run["@id"])

    def _root(self, jobs: Sequence[Job]) -> None:
        profiles = [
            self.graph.add(uri, "CreativeWork", name=name, version=uri.rpartition("/")[2])
            for uri, name in RUN_PROFILES.items()
        ]
        conforms = [{"@id": "https://w3id.org/ro/crate/1.1"}, profiles[-1]]
        self.graph.add(DESCRIPTOR, "CreativeWork", about=ROOT, conformsTo=conforms)
        license_ = self.graph.add(self.about.license, "CreativeWork", name=self.about.license)
        self.graph.add(
            "./", "Dataset", name=self.about.name, license=license_, conformsTo=profiles,
            description=f"{len(jobs)} jobs of a polytask run, with what each read, wrote and used.",
            datePublished=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip

    def _workflow(self, jobs: Sequence[Job]) -> Reference:
        language = self.graph.add(
            LANGUAGE, "ComputerLanguage", name="Snakemake", url=SNAKEMAKE, identifier=SNAKEMAKE
        )
        commits = {job.record["git"]["commit"] for job in jobs} - {None}
        workflow = self.payload.source(
            "Snakefile",
            type_=["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            programmingLanguage=language, version=", ".join(sorted(commits)) or None,
        )  # fmt: skip
        self.graph.entities[ROOT["@id"]]["mainEntity"] = workflow
        parts = ["params.yaml", "requirements.lock"]
        rules = sorted((self.payload.repository / "workflow/rules").glob("*.smk"))
        parts += [str(each.relative_to(self.payload.repository)) for each in rules]
        there = [part for part in parts if (self.payload.repository / part).is_file()]
        self.graph.link(workflow, "isBasedOn", [self.payload.source(part) for part in there])
        return workflow

    def _run(self, workflow: Reference, jobs: Sequence[Job]) -> Reference:
        """The run as a whole: from what no job made to what no job read."""
        read: dict[str, Reference] = {}
        wrote: dict[str, Reference] = {}
        for job in jobs:
            for files in job.record["inputs"].values():
                for each in files:
                    made = each["path"] in self.produced
                    read[each["path"]] = self.payload.data(each, made=made)
            for record in job.outputs:
                wrote[record["output"]["path"]] = self._output(record)
        run = self.graph.add(
            local("run"), "CreateAction", name="The run of the workflow", instrument=workflow,
            description=f"{len(jobs)} jobs from raw data to results", agent=self.agent,
            object=[file for path, file in read.items() if path not in self.produced],
            result=[file for path, file in wrote.items() if path not in read],
            startTime=_start(jobs), endTime=_end(jobs), actionStatus=COMPLETED,
        )  # fmt: skip
        self._mention(run["@id"])
        return run

    def _job(self, workflow: Reference, job: Job) -> Reference:
        """The actions of one job: what ran, and which step of the workflow asked for it."""
        tool, rule = self.tools.tool(job), job.record["rule"]
        self.graph.link(workflow, "hasPart", [tool])
        step = self.graph.add(local("step", rule), "HowToStep", name=rule, position=None)
        self.graph.link(step, "workExample", [tool])
        self.graph.link(workflow, "step", [step])
        position = len(self.graph.entities[workflow["@id"]]["step"])
        self.graph.entities[step["@id"]].setdefault("position", str(position))
        record, action_id = job.record, local("job", job.name)
        action = self.graph.add(
            action_id, "CreateAction", name=job.title, instrument=tool, agent=self.agent,
            description=f"Rule {rule} ran as {job.title}", startTime=_milliseconds(record["start"]),
            endTime=_milliseconds(record["end"]), actionStatus=COMPLETED, identifier=job.name,
            object=self._objects(tool, job), result=self._results(tool, job),
            environment=self.tools.environment(record),
        )  # fmt: skip
        self._mention(action_id)
        return self.graph.add(
            local("control", job.name), "ControlAction", name=f"step {rule} for {job.title}",
            instrument=step, object=action,
        )  # fmt: skip

    def _objects(self, tool: Reference, job: Job) -> list[Reference]:
        objects: dict[str, Reference] = {}
        for name, files in job.record["inputs"].items():
            for each in files:
                file = self.payload.data(each, made=each["path"] in self.produced)
                self.tools.file_parameter(tool, "input", name, file)
                objects[file["@id"]] = file
        for name, value in values_in(job.record["params"]).items():
            property_ = self.tools.value(tool, job.record["rule"], name, value)
            objects[property_["@id"]] = property_
        return list(objects.values())

    def _results(self, tool: Reference, job: Job) -> list[Reference]:
        results = []
        for record in job.outputs:
            file = self._output(record)
            self.tools.file_parameter(tool, "output", job.pattern(record["output"]["path"]), file)
            results.append(file)
        return results

    def _output(self, record: Record) -> Reference:
        each = {**record["output"], "lineage": record["lineage"]}
        file = self.payload.data(each, made=True)
        self.payload.record(record["output"]["path"], file)
        return file

    def _mention(self, *ids: str) -> None:
        self.graph.link(ROOT, "mentions", [{"@id": id_} for id_ in ids])


def _start(jobs: Sequence[Job]) -> str:
    return _milliseconds(min(job.record["start"] for job in jobs))


def _end(jobs: Sequence[Job]) -> str:
    return _milliseconds(max(job.record["end"] for job in jobs))


def _milliseconds(time: str) -> str:
    """The time as crates are expected to write it; the records have it whole."""
    return datetime.fromisoformat(time).isoformat(timespec="milliseconds")


def _snakemake(jobs: Sequence[Job]) -> str | None:
    return next((v for job in jobs if (v := job.record["packages"].get("snakemake"))), None)
