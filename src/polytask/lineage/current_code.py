"""Was it made by the code that is here now? Compares with the working tree and with HEAD."""

import hashlib
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from polytask.disk import sha256_of
from polytask.lineage.chain import Chain
from polytask.lineage.findings import Finding


def dirty_trees(chain: Chain) -> Iterator[Finding]:
    """Outputs made while tracked files differed from the commit, or without any commit."""
    made: dict[str | None, set[str]] = defaultdict(set)
    for output, record in chain.records.items():
        if record["git"]["dirty"] is not False:
            made[record["git"]["commit"]].add(output)
    for commit, outputs in made.items():
        text = f"{len(outputs)} files were made from uncommitted changes on top of it"
        if commit is None:
            text = f"{len(outputs)} files were made outside of git"
        subject = (commit or "no commit")[:10]
        yield Finding(kind="dirty tree", subject=subject, text=text, outputs=frozenset(outputs))


def other_code(chain: Chain, repository: Path) -> Iterator[Finding]:
    """Source files that are not, in the working tree and in HEAD, what a job ran."""
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for output, record in chain.records.items():
        for each in record["code"]:
            used[each["path"], each["sha256"]].add(output)
    paths = sorted({path for path, _ in used})
    here, head = _here(paths, repository), hashes_in_head(paths, repository)
    for (path, recorded), outputs in used.items():
        tracked = head.get(path, recorded) if head is not None else recorded
        if recorded == here[path] == tracked:
            continue
        commits = {chain.records[output]["git"]["commit"] for output in outputs}
        yield Finding(
            kind="other code", subject=path, outputs=frozenset(outputs),
            text=_difference(recorded, here[path], tracked, commits),
            recorded=recorded, found=here[path], since=_since(repository / path),
        )  # fmt: skip


def hashes_in_head(paths: Sequence[str], repository: Path) -> dict[str, str | None] | None:
    """The hash of each path inside of the repository in HEAD; None where there is no git."""
    inside = [path for path in paths if not Path(path).is_absolute() and "\n" not in path]
    asked = "".join(f"HEAD:./{path}\n" for path in inside).encode()
    command = ["git", "--no-optional-locks", "-C", str(repository), "cat-file", "--batch"]
    try:
        answer = subprocess.run(
            command, input=asked, check=True, capture_output=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found: dict[str, str | None] = {}
    for path in inside:
        header, _, answer = answer.partition(b"\n")
        if header.endswith(b" missing"):
            found[path] = None
            continue
        size = int(header.rpartition(b" ")[2])
        found[path], answer = hashlib.sha256(answer[:size]).hexdigest(), answer[size + 1 :]
    return found


def _here(paths: Sequence[str], repository: Path) -> dict[str, str | None]:
    files = {path: repository / path for path in paths}
    return {path: sha256_of(file) if file.is_file() else None for path, file in files.items()}


def _difference(recorded: str, here: str | None, head: str | None, commits: set[str | None]) -> str:
    if recorded == here:
        return "the code that ran was never committed" if head is None else "HEAD has other code"
    if recorded == head:
        return "edited in the working tree since" if here else "deleted in the working tree"
    made = ", ".join(sorted(commit[:10] for commit in commits if commit)) or "an unknown commit"
    return f"other code since (it ran at {made})" if here else f"no longer there (it ran at {made})"


def _since(file: Path) -> str | None:
    if not file.is_file():
        return None
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return written.isoformat(sep=" ", timespec="seconds")
