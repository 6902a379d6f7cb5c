"""Stage 2 takes a student only with the teachers that it was distilled from."""

import pytest
from downstream import check_teachers

from polytask.errors import UserError


def test_a_student_of_other_teachers_is_refused_where_they_are_asked():
    check_teachers("sak", {"dinov2": 768, "sam": 768}, {"sam": 768, "dinov2": 768})
    for other in ({"dinov2": 384, "sam": 768}, {"dinov2": 768}, {"dinov2": 768, "clip": 768}):
        with pytest.raises(
            UserError, match=r"distill\.students\.sak: its paths are for .*gamma: 0"
        ):
            check_teachers("sak", {"dinov2": 768, "sam": 768}, other)
