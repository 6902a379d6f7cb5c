"""The software that a job really used: the distributions behind the modules that it imported."""

import functools
import importlib.metadata
import sys


@functools.cache
def imported_packages() -> dict[str, str]:
    """Versions by distribution name, of every distribution with a module loaded in this process.

    Asked once, when a job has done its work: looking through all that is installed takes 0.5 s.
    """
    found = {}
    providers = importlib.metadata.packages_distributions()
    for module in {name.partition(".")[0] for name in list(sys.modules)}:
        for name in providers.get(module, ()):
            found[name.lower()] = importlib.metadata.version(name)
    return dict(sorted(found.items()))
