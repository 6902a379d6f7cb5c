"""Are the lists of images those that were published?"""

from collections import Counter
from collections.abc import Iterable, Iterator

from polytask.data.benchmarks import Benchmark
from polytask.data.checking.findings import Finding
from polytask.data.layout import Layout
from polytask.errors import UserError

SHOWN = 5
"""How many ids a finding names."""


def check_splits(
    layout: Layout, benchmark: Benchmark
) -> tuple[dict[str, list[str]], list[Finding]]:
    """The ids of every published split, and what is wrong with the lists."""
    splits: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for split, published in benchmark.splits.items():
        try:
            ids = layout.ids(split)
        except UserError as error:
            findings.append(Finding.of(error, layout.tree.root, split))
            continue
        if published is not None and len(ids) != published:
            findings.append(Finding(split, f"lists {len(ids)} images; published: {published}"))
        if split in benchmark.per_folder:
            findings += _odd_folders(split, ids, benchmark.per_folder[split])
        if again := [name for name, count in Counter(ids).items() if count > 1]:
            findings.append(Finding(split, f"lists more than once: {some(again)}"))
        for other, others in splits.items():
            if shared := sorted(set(ids) & set(others)):
                findings.append(Finding(split, f"shares images with {other}: {some(shared)}"))
        splits[split] = ids
    for name, (whole, published) in benchmark.subsets.items():
        if name in layout.splits and whole in splits:
            findings += _odd_subset(name, layout.ids(name), whole, splits[whole], published)
    return splits, findings


def _odd_subset(
    name: str, ids: Iterable[str], whole: str, among: Iterable[str], published: int
) -> Iterator[Finding]:
    found = set(ids)
    if len(found) != published:
        yield Finding(name, f"lists {len(found)} images; published: {published}")
    if others := sorted(found - set(among)):
        yield Finding(name, f"lists images that are not in {whole}: {some(others)}")


def _odd_folders(split: str, ids: Iterable[str], published: int) -> Iterator[Finding]:
    counts = Counter(name.partition("/")[0] for name in ids)
    for folder, count in counts.items():
        if count != published:
            yield Finding(split, f"lists {count} images of {folder}; published: {published}")


def some(names: Iterable[object]) -> str:
    """The first few, and how many there are besides."""
    names = list(map(str, names))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
