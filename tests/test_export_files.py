"""Tables, JSON and file names: what is written reads back equal, and hostile files are refused in one sentence."""

import contextlib
import csv
import io
import json
import re
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, bounds, train
from gd_core.data import read_text
from gd_core.export import KINDS, data_csv, file_name, from_json, run_csv, to_json
from gd_core.export.json_file import MAX_JSON, MAX_SENTENCE
from gd_core.losses import printed_series
from gd_core.training import Run
from tests.strategies import datasets, experiments

LONG = Experiment(Dataset(np.linspace(-1, 1, 20), np.linspace(3, 0, 20)), True, (1, 0), epochs=10_000, batch_size=1)


def bits(values):
    return np.asarray(values, dtype=np.float64).tobytes()


def columns(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: [row[name] for row in rows] for name in rows[0]}


def assert_reads_back(run):
    table, names = columns(run_csv(run)), "wb"[: len(run.experiment.start)]
    gradients = [f"gradient_{name}" for name in names]
    assert list(table) == ["update", "epoch", *names, *gradients, "loss_before", "loss_after", "cost"]
    assert list(map(int, table["update"])) == list(range(len(run) + 1))
    assert list(map(int, table["epoch"][1:])) == run.epochs.tolist()
    assert bits([table[name] for name in names]) == bits(run.parameters.T)
    assert bits(table["cost"]) == bits(run.costs)
    assert bits([table[name][1:] for name in gradients]) == bits(run.gradients.T)
    assert bits(table["loss_before"][1:]) == bits(run.losses_before)
    assert bits(table["loss_after"][1:]) == bits(run.losses_after)
    assert {table[name][0] for name in ("epoch", "loss_before", "loss_after", *gradients)} == {""}


@given(experiments())
def test_a_runs_table_reads_back_equal(experiment):
    assert_reads_back(train(experiment))


def test_short_and_long_runs_have_a_row_for_the_start_and_for_each_update():
    assert_reads_back(Run.of_start(Experiment()))
    assert_reads_back(Run.of_start(Experiment(bias=True, batch_size=2)))
    assert_reads_back(train(Experiment(epochs=1)))
    assert LONG.updates == bounds.MAX_UPDATES
    assert run_csv(train(LONG)).count("\n") == bounds.MAX_UPDATES + 2


def test_the_lectures_table():
    header, start, first = run_csv(train(Experiment())).splitlines()[:3]
    assert header == "update,epoch,w,gradient_w,loss_before,loss_after,cost"
    assert start == "0,,1.0,,,,4.666666666666667"
    assert first.startswith("1,0,1.0933333333333333,-9.333333333333334,4.666666666666667,3.83620740740740")


@given(experiments())
def test_no_cell_is_text_that_a_spreadsheet_would_run(experiment):
    number = re.compile(r"(-?\d+(\.\d+)?(e[+-]\d+)?)?")
    for text in (run_csv(train(experiment)), data_csv(experiment.dataset)):
        header, *rows = text.splitlines()
        assert all(name[0].isalpha() for name in header.split(","))
        assert all(number.fullmatch(cell) for row in rows for cell in row.split(","))


extreme = st.floats(-bounds.MAX_VALUE, bounds.MAX_VALUE)


@given(
    st.one_of(datasets(), st.lists(st.tuples(extreme, extreme), min_size=1).map(lambda points: Dataset(*zip(*points))))
)
def test_points_read_back_equal(dataset):
    text = data_csv(dataset)
    assert text.startswith("x,y\n")
    assert read_text(text).dataset == dataset


def test_ten_thousand_points_read_back_equal():
    longest = Dataset([-1.2345678901234567e-300] * bounds.MAX_ROWS, np.linspace(-1e6, 1e6, bounds.MAX_ROWS))
    assert read_text(data_csv(longest)).dataset == longest


# JSON


@st.composite
def any_experiment(draw):
    """Any experiment at all: every hyperparameter, rate, seed and start within its bounds."""
    experiment = draw(experiments())
    rule = type(experiment.optimizer)
    knobs = {knob.name: draw(st.floats(knob.metadata["low"], knob.metadata["high"])) for knob in fields(rule)}
    return replace(
        experiment,
        start=tuple(draw(extreme) for _ in experiment.start),
        optimizer=rule(**knobs),
        learning_rate=draw(st.floats(0, bounds.MAX_LEARNING_RATE, exclude_min=True)),
        shuffle_seed=draw(st.one_of(st.none(), st.integers(0, bounds.MAX_SEED))),
    )


@given(any_experiment())
def test_an_experiment_comes_back_from_its_json(experiment):
    text = to_json(train(experiment))
    assert from_json(text) == experiment
    assert repr(from_json(text)) == repr(experiment)  # the sign of a zero too
    assert from_json(json.dumps(json.loads(text), indent=2)) == experiment


def refuse(name):
    raise AssertionError(f"{name} is not strict JSON")


@given(experiments())
def test_json_is_strict_and_holds_the_run(experiment):
    run = train(experiment)
    file = json.loads(to_json(run), parse_constant=refuse)["run"]
    assert file["updates"] == len(run)
    assert file["diverged_at"] == run.diverged_at
    assert bits(file["final_parameters"]) == bits(run.parameters[-1])
    assert file["final_cost"] == run.costs[-1]
    assert bits(file["parameters_at_start_and_epoch_ends"]) == bits(run.parameters[run.epoch_ends])
    assert bits(file["costs_at_start_and_epoch_ends"]) == bits(run.epoch_costs)
    assert bits(file["losses_in_the_log"]) == bits(printed_series(run).values)


def test_runs_of_no_update_and_of_two_hundred_thousand_come_back():
    for run in (Run.of_start(Experiment(bias=True)), train(Experiment(epochs=1)), train(LONG)):
        assert from_json(to_json(run)) == run.experiment


def test_the_longest_json_is_short_enough_to_be_read():
    draw = np.random.default_rng(2)
    points = Dataset(*(draw.normal(size=(2, bounds.MAX_ROWS)) * 1e-300))
    run = train(Experiment(points, True, (1e-7, 1e-7), OPTIMIZERS["nadam"](), 1e-9, epochs=bounds.MAX_EPOCHS))
    text = to_json(run)
    assert len(text) < MAX_JSON / 2
    assert from_json(text) == run.experiment


def changed(path, value):
    """Return a good file's text with one of its entries changed, added or (Ellipsis) left out."""
    content = json.loads(to_json(train(Experiment(optimizer=OPTIMIZERS["adam"](), epochs=2))))
    *way, last = path
    inner = content
    for key in way:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(content)


SETTINGS = ("dataset", "bias", "start", "optimizer", "learning_rate", "epochs", "batch_size", "shuffle_seed")
WRONG = [
    None,
    True,
    "1",
    "",
    -1,
    1e999,
    float("nan"),
    10**400,
    -(10**4000),
    [],
    {},
    [[1]],
    [True],
    ["1"],
    {"x": 1},
    1.5,
    0,
]
LEGAL = {
    ("bias", True), ("bias", False), ("learning_rate", 1.5), ("batch_size", None), ("shuffle_seed", None),
    ("shuffle_seed", 0),
}  # fmt: skip


def refusal(text):
    with pytest.raises(ValueError, match=".") as caught:
        from_json(text)
    sentence = str(caught.value)
    assert len(sentence) <= MAX_SENTENCE + 1
    assert "\n" not in sentence
    assert type(caught.value) is ValueError
    return sentence


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_a_wrong_kind_are_refused(name):
    legal = [str(value) for setting, value in LEGAL if setting == name]
    for value in WRONG:
        if str(value) not in legal or isinstance(value, str):
            refusal(changed(("experiment", name), value))
    assert refusal(changed(("experiment", name), ...)) == f"experiment has no {name}"


@pytest.mark.parametrize("column", ["x", "y"])
def test_points_of_a_wrong_kind_are_refused(column):
    for value in [*WRONG, [1, 2], [1, 2, "3"], [1, None, 3], [1, 2, 1e7], [1, 2, 10**400], [0] * 20_000]:
        refusal(changed(("experiment", "dataset", column), value))


def test_hyperparameters_of_a_wrong_kind_are_refused():
    for value in WRONG:
        if value != 0 or isinstance(value, bool):  # a beta of 0 is legal
            refusal(changed(("experiment", "optimizer", "beta1"), value))
        refusal(changed(("experiment", "optimizer", "key"), value))
    assert refusal(changed(("experiment", "optimizer", "beta1"), ...)) == "optimizer has no beta1"
    assert "none of key, beta1" in refusal(changed(("experiment", "optimizer", "beta3"), 0.9))
    assert "none of" in refusal(changed(("experiment", "optimizer", "__class__"), "x"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("null", "must be an object"),
        ("[1, 2]", "must be an object"),
        ('{"format": "gradient descent 1"}', "the file has no experiment"),
        (changed(("format",), "gradient descent 2"), "format must be"),
        (changed(("more",), 1), "the file has 'more'"),
        ('{"format": NaN}', "NaN is not a number that JSON knows"),
        ('{"format": -Infinity}', "-Infinity is not a number that JSON knows"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format":' * 100_000, "nested too deeply"),
        ("[" * 900 + "]" * 900, ""),
        ("9" * 100_000, ""),
        ('{"format": "' + "x" * 1_000_000 + '"}', ""),
        (
            '{"experiment": ' + "[" * 400 + "]" * 400 + ', "format": "gradient descent 1", "run": 0}',
            "must be an object",
        ),
        (" " * 10_000_000, f"the file has 10000000 characters; at most {MAX_JSON} can be read"),
        ("[" + "0," * 1_900_000 + "0]", "must be an object"),
        ("\ufeff{}", "not JSON"),
        ("\0", "not JSON"),
        ('"\\ud800"', "must be an object"),
    ],
)
def test_texts_that_are_no_file_of_ours_are_refused(text, words):
    assert words in refusal(text)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
)


@given(st.sampled_from(SETTINGS), values)
def test_any_setting_is_either_read_or_refused(name, value):
    text = changed(("experiment", name), value)
    with contextlib.suppress(ValueError):
        assert isinstance(from_json(text), Experiment)
        return
    refusal(text)


# Names


@pytest.mark.parametrize("kind", KINDS)
@given(any_experiment())
def test_names_have_safe_characters_only(kind, experiment):
    name = file_name(experiment, kind)
    assert re.fullmatch(r"[a-z][A-Za-z0-9._-]{5,90}", name)
    assert ".." not in name


def test_names_say_what_is_inside():
    adam = Experiment(optimizer=OPTIMIZERS["adam"](), learning_rate=0.1)
    assert file_name(adam, "python") == "gradient_descent_adam_rate-0.1.py"
    assert file_name(adam, "pytorch") == "gradient_descent_adam_rate-0.1_pytorch.py"
    assert file_name(Experiment(batch_size=1), "run") == "gradient_descent_batch-1_rate-0.01_run.csv"
    assert len({file_name(adam, kind) for kind in KINDS}) == len(KINDS)
    with pytest.raises(ValueError, match="kind must be one of python, pytorch, .*, got '../x'"):
        file_name(adam, "../x")
