"""An ordering of the paper is judged only where both of its sides were measured."""

from polytask.reporting.claims import check_orderings


def row(method, gain):
    return {"method": method, "delta_m": gain}


def test_orderings_hold_or_not_by_what_was_measured():
    found = check_orderings([row("sak", 2.0), row("no_router", 3.0), row("multi_task", -1.0)], {})
    verdicts = {finding.ordering.worse: finding.holds for finding in found}
    assert verdicts == {"multi_task": True, "no_router": False}


def test_rep_sim_is_the_mean_over_teachers():
    similarity = {
        "sak": {"a": {"centred": 0.6}, "b": {"centred": 0.8}},
        "no_biases": {"a": {"centred": 0.7}, "b": {"centred": 0.5}},
    }
    (finding,) = check_orderings([], similarity)
    assert (round(finding.above, 9), round(finding.below, 9)) == (0.7, 0.6)
    assert finding.holds
