"""The drawing of the rules shows every rule once and only the arrows that are needed."""

from polytask.reporting.dag import graph_svg, layers, reduced, stepped

EDGES = {("a", "b"), ("b", "c"), ("a", "c")}


def test_a_rule_stands_right_of_everything_it_reads():
    assert layers(EDGES) == [["a"], ["b"], ["c"]]


def test_a_way_that_a_longer_one_stands_for_is_left_out():
    assert reduced(EDGES) == {("a", "b"), ("b", "c")}
    assert reduced({("a", "b"), ("a", "c")}) == {("a", "b"), ("a", "c")}


def test_every_step_leads_one_column_on():
    steps, stations = stepped({("a", "b"), ("b", "c"), ("x", "c")} | {("c", "d"), ("x", "d")})
    column = {rule: at for at, rules in enumerate(layers(steps)) for rule in rules}
    assert all(column[b] == column[a] + 1 for a, b in steps)
    assert set(stations.values()) <= {("x", "c"), ("x", "d")}


def test_every_rule_has_one_box_and_the_end_is_reached():
    drawn = graph_svg(EDGES, {"a": "2 < 3"})
    assert drawn.count("<rect") == 4
    assert "2 &lt; 3" in drawn
    assert graph_svg({("a", "report")}).count("<rect") == 2
