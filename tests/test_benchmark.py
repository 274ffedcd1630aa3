from tests.benchmark.goals import Measurement, exit_code, table

SLOW = Measurement("a run", 2.5, 2, "x bare loop", "250 / 100 us")
FAST = Measurement("a sweep", 130, 120, "x faster", at_least=True)
UNKNOWN = Measurement("a click", None, 1.6, "x", "no browser")


def test_a_goal_may_just_be_met():
    assert Measurement("a run", 2.0, 2, "x").verdict == "ok"
    assert Measurement("a run", 2.001, 2, "x").verdict == "MISSED"
    assert Measurement("a sweep", 120.0, 120, "x", at_least=True).verdict == "ok"
    assert Measurement("a sweep", 119.9, 120, "x", at_least=True).verdict == "MISSED"


def test_only_a_missed_goal_makes_the_benchmark_fail():
    assert exit_code([SLOW, FAST]) == 1
    assert exit_code([FAST, UNKNOWN]) == 0


def test_the_table_has_one_line_for_each_measurement_in_its_order():
    head, rule, *lines = table([SLOW, FAST, UNKNOWN]).splitlines()
    assert head.split() == ["what", "measured", "goal", "made", "of"]
    assert set(rule) == {"-", " "}
    assert [line.split("  ")[0] for line in lines] == ["a run", "a sweep", "a click"]
    assert all(part in lines[0] for part in ("2.5 x bare loop", "<= 2", "MISSED", "250 / 100 us"))
    assert all(part in lines[1] for part in ("130 x faster", ">= 120", "ok"))
    assert all(part in lines[2] for part in ("not measured", "<= 1.6", "no browser"))
