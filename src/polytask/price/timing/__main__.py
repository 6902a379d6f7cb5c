"""Time one core: examples (examples.as_data) as JSON in, numbers (one_core.measured) out."""

import json
import sys

from polytask.price.timing.examples import Example
from polytask.price.timing.one_core import measured

given = json.load(sys.stdin)
trainings = {kind: Example(**each) for kind, each in given["trainings"].items()}
print(json.dumps(measured(trainings, given["rooms"])))
