"""The files of a crate: small results and sources lie in it, the rest is named by its hash."""

import base64
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from polytask.disk import sha256_of
from polytask.errors import UserError
from polytask.lineage.crate.graph import Graph, Reference
from polytask.records.files import record_path

SMALL = 100_000
"""Bytes: tables, metrics, curves and sources are smaller, shards and checkpoints larger."""

ENCODINGS = {
    ".safetensors": "application/vnd.safetensors", ".jsonl": "application/jsonl",
    ".npz": "application/zip", ".yaml": "application/yaml", ".lock": "text/plain",
    ".smk": "text/x-python", "": "text/plain",
}  # fmt: skip


class Payload:
    """File entities of `graph`; `copies` says which file comes into the crate, and from where."""

    def __init__(self, graph: Graph, repository: Path) -> None:
        self.graph = graph
        self.repository = repository
        self.copies: dict[str, Path] = {}

    def data(self, each: Mapping[str, Any], *, made: bool) -> Reference:
        """A file that jobs read or, if `made`, wrote; only small ones that were made come along.

        Raises UserError for one to be copied whose bytes are not those recorded.
        """
        path, source = each["path"], Path(each["path"])
        if not made or each["size"] > SMALL or source.is_absolute() or not source.is_file():
            return self._described(each, "Dataset" if source.is_dir() else "File")
        if sha256_of(source) != each["sha256"]:
            raise UserError(f"{path}: not what its record says; `polytask audit` tells more")
        return self._included(path, source, each)

    def code(self, each: Mapping[str, Any]) -> Reference:
        """A source file: the one that ran, if it is still here, else its hash."""
        source = self.repository / each["path"]
        is_here = not Path(each["path"]).is_absolute() and source.is_file()
        if is_here and sha256_of(source) == each["sha256"]:
            return self._included(each["path"], source, each)
        return self._described(each, "File")

    def source(self, path: str, **properties: Any) -> Reference:
        """A file of the repository as it is now, such as the Snakefile."""
        source = self.repository / path
        fingerprint = {"sha256": sha256_of(source), "size": source.stat().st_size}
        return self._included(path, source, fingerprint, **properties)

    def record(self, output: str, of: Reference) -> Reference:
        """The provenance record of an output."""
        path = record_path(Path(output))
        content = {"sha256": sha256_of(path), "size": path.stat().st_size}
        return self._included(str(path), path, content, about=of)

    def _included(
        self, path: str, source: Path, each: Mapping[str, Any], **properties: Any
    ) -> Reference:
        id_ = quote(path)
        self.copies[path] = source
        return self._part(id_, properties.pop("type_", "File"), path, each, **properties)

    def _described(self, each: Mapping[str, Any], type_: str) -> Reference:
        text = "Not in this crate: it is named by its SHA-256 (RFC 6920)"
        if type_ == "Dataset":
            text += ", which is over the sorted names and hashes of the files in the folder"
        digest = base64.urlsafe_b64encode(bytes.fromhex(each["sha256"])).decode().rstrip("=")
        id_ = f"ni:///sha-256;{digest}?path={quote(each['path'], safe='')}"
        return self._part(id_, type_, each["path"], each, description=text)

    def _part(
        self, id_: str, type_: str | list[str], path: str, each: Mapping[str, Any], **more: Any
    ) -> Reference:
        reference = self.graph.add(
            id_, type_, name=path, contentSize=str(each["size"]), sha256=each["sha256"],
            encodingFormat=_encoding(path), identifier=each.get("lineage"), **more,
        )  # fmt: skip
        self.graph.link({"@id": "./"}, "hasPart", [reference])
        return reference


def _encoding(path: str) -> str:
    suffix = Path(path).suffix
    return ENCODINGS.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
