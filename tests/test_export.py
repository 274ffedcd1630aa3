"""The program to take away prints the log of its run, byte for byte, for every optimizer by its own class."""

import ast
import contextlib
import io
import itertools
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, bounds, model, train
from gd_core.export import MAX_SCRIPT, numpy_script, python_script
from gd_core.export.rule_source import rule_source
from gd_core.lesson import log_text
from gd_core.optimizers import Optimizer, knob, maximum, square_root
from tests.clean_python import output_of, outputs_of
from tests.strategies import experiments

POINTS = Dataset((1, 2, 3, 4, 2.5), (2.1, 3.9, 6.3, 7.7, 12))


def printed(program):
    """Return what a program prints when it is run here."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def log_of(experiment, predict_x=4.0):
    return log_text(train(experiment), predict_x) + "\n"


def variants(key, rate=0.05, epochs=12):
    """Yield every kind of run of a rule: with and without bias, every batch size (2 and 3 do not divide 5), shuffled."""
    for bias, size, seed in itertools.product((False, True), (None, 1, 2, 3, 5), (None, 7)):
        yield Experiment(POINTS, bias, (-1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), rate, epochs, size, seed)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_kind_of_run_prints_its_log_in_a_clean_interpreter(key, tmp_path):
    runs = [*variants(key), *variants(key, rate=30.0, epochs=200)]
    assert outputs_of(map(python_script, runs), tmp_path) == list(map(log_of, runs))
    if key == "gd":
        ended = [(train(experiment).diverged_at, experiment.updates_per_epoch) for experiment in runs]
        assert any(updates is not None and updates % per_epoch for updates, per_epoch in ended)  # within an epoch


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_the_program_runs_as_a_file_of_its_own(key, tmp_path):
    experiment = Experiment(POINTS, True, (1, 0), OPTIMIZERS[key](), batch_size=2, shuffle_seed=1, epochs=30)
    assert output_of(python_script(experiment, 2.5), tmp_path) == log_of(experiment, 2.5)


@st.composite
def tuned(draw):
    """Random experiments with random hyperparameters, and now and then more rows than a plain loop is used for."""
    experiment = draw(experiments(max_rows=draw(st.sampled_from([3, 12, 2 * model.FEW])), max_epochs=8))
    rule = type(experiment.optimizer)
    knobs = {
        knob.name: draw(st.one_of(st.just(knob.default), st.floats(knob.metadata["low"], knob.metadata["high"])))
        for knob in fields(rule)
    }
    return replace(experiment, optimizer=rule(**knobs))


@given(tuned(), st.one_of(st.just(4.0), st.integers(-9, 9).map(float), st.floats(-1e6, 1e6)))
@settings(max_examples=200)
def test_random_runs_print_their_logs(experiment, predict_x):
    assert printed(python_script(experiment, predict_x)) == log_of(experiment, predict_x)


@given(st.lists(tuned(), min_size=3, max_size=3))
@settings(max_examples=3)
def test_random_runs_print_their_logs_in_a_clean_interpreter(tmp_path_factory, runs):
    assert outputs_of(map(python_script, runs), tmp_path_factory.mktemp("runs")) == list(map(log_of, runs))


@pytest.mark.parametrize("size", [None, model.FEW, model.FEW + 1, 100, 1])
@pytest.mark.parametrize("bias", [False, True])
def test_many_samples_are_summed_like_few(size, bias):
    draw = np.random.default_rng(5)
    dataset = Dataset(draw.normal(size=130), draw.normal(size=130))
    experiment = Experiment(dataset, bias, epochs=6, batch_size=size, shuffle_seed=None if bias else 2)
    assert printed(python_script(experiment)) == log_of(experiment)


STEEP = {"learning_rate": 1.0, "epochs": 1000}
DIVERGING = [
    Experiment(**STEEP),
    Experiment(**STEEP, bias=True, optimizer=OPTIMIZERS["momentum"]()),
    Experiment(POINTS, **STEEP, batch_size=1),
    Experiment(POINTS, **STEEP, batch_size=2, bias=True, shuffle_seed=3),
    Experiment(POINTS, **STEEP, batch_size=1, shuffle_seed=3, optimizer=OPTIMIZERS["nesterov"]()),
    # Only the weight runs away: with x = 0 the cost stays what it is.
    Experiment(Dataset([0], [1]), False, (1,), OPTIMIZERS["adamw"](weight_decay=1), 1000, 100),
]


@pytest.mark.parametrize("experiment", DIVERGING)
def test_a_run_that_diverges_ends_where_the_log_does(experiment):
    run, program = train(experiment), python_script(experiment)
    assert run.diverged_at
    assert printed(program) == log_text(run) + "\n"
    assert printed(program).splitlines()[-1].startswith(f"Stopped after {len(run)} updates")
    assert "after training" not in program


@pytest.mark.parametrize("size", [None, 1, 2])
@pytest.mark.parametrize(("bound", "end"), [(5.0, "0 updates"), (30.0, "1 update"), (200.0, "2 updates")])
def test_a_run_that_diverges_at_once(monkeypatch, size, bound, end):
    # With the real bound no run ends before its third update.
    monkeypatch.setattr(bounds, "DIVERGED", bound)
    experiment = Experiment(Dataset([1, 1, 1, 1], [4, 4, 4, 4]), learning_rate=1.5, start=(2,), batch_size=size)
    assert f"Stopped after {end}:" in printed(python_script(experiment))
    assert printed(python_script(experiment)) == log_of(experiment)


def test_one_update():
    for size in (None, 1):
        experiment = Experiment(Dataset([2], [1]), epochs=1, batch_size=size)
        assert printed(python_script(experiment)) == log_of(experiment)


def test_negative_zeros_keep_their_sign():
    for key, bias, x in itertools.product(OPTIMIZERS, (False, True), (0.0, -0.0, 3.0)):
        dataset = Dataset([x, -0.0], [-0.0, 0.0])
        experiment = Experiment(dataset, bias, (-0.0, -0.0)[: 1 + bias], OPTIMIZERS[key](), epochs=2, batch_size=1)
        for one in (experiment, replace(experiment, batch_size=None), replace(experiment, batch_size=2)):
            assert printed(python_script(one, -0.0)) == log_of(one, -0.0)


def test_two_hundred_thousand_updates():
    draw = np.random.default_rng(3)
    dataset = Dataset(draw.normal(size=20), draw.normal(size=20))
    experiment = Experiment(dataset, True, (1, 0), OPTIMIZERS["gd"](), 0.001, 10_000, 1)
    assert experiment.updates == bounds.MAX_UPDATES
    assert printed(python_script(experiment)) == log_of(experiment)


def test_ten_thousand_points_fit_whatever_their_digits():
    longest = [-1.2345678901234567e-300] * bounds.MAX_ROWS
    experiment = Experiment(Dataset(longest, longest), True, (1, 0), OPTIMIZERS["radam"](), epochs=1)
    assert printed(python_script(experiment)) == log_of(experiment)


@pytest.mark.parametrize(("rows", "epochs", "size"), [(20, 10_000, 1), (10_000, 20, 1), (1000, 10_000, 500)])
def test_orders_that_are_too_long_are_refused_in_a_sentence(rows, epochs, size):
    points = Dataset(range(rows), range(rows))
    experiment = Experiment(points, learning_rate=1e-9, shuffle_seed=0, batch_size=size, epochs=epochs)
    with pytest.raises(ValueError, match=f"shuffled orders of {epochs} epochs of {rows} samples would make the script"):
        python_script(experiment)
    assert python_script(replace(experiment, shuffle_seed=None))


def test_orders_beside_long_data_are_refused_too():
    draw = np.random.default_rng(0)
    points = Dataset(draw.normal(size=9000), draw.normal(size=9000))
    experiment = Experiment(points, batch_size=9000, shuffle_seed=0, epochs=7)
    with pytest.raises(ValueError, match=f"characters, more than {MAX_SCRIPT}: use fewer rows or fewer epochs"):
        python_script(experiment)


def test_a_shuffled_run_that_diverged_carries_no_order_that_it_did_not_begin():
    experiment = Experiment(POINTS, learning_rate=1.0, epochs=10_000, batch_size=1, shuffle_seed=3)
    run, program = train(experiment), python_script(experiment)
    (orders,) = [
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "orders"
    ]
    assert len(orders) == run.diverged_at // 5 + 1
    for epoch, order in enumerate(orders):
        assert order == np.concatenate(run.samples_of_epoch(epoch)).tolist()


@pytest.mark.parametrize("x", [float("nan"), float("inf"), 1e7, "4", None])
def test_an_x_that_cannot_be_predicted_is_refused(x):
    for write in (python_script, numpy_script):
        with pytest.raises(ValueError, match="predict_x must be a number from -1000000 to 1000000"):
            write(Experiment(), x)


def test_the_program_of_the_lectures_experiment_is_the_lectures_own():
    program = python_script(Experiment())
    for line in (
        "x_data = [1.0, 2.0, 3.0]",
        "w = 1.0",
        "def forward(x):\n    return x * w\n",
        "def cost(xs, ys):",
        "        grad += 2 * x * (x * w - y)\n    return grad / len(xs)",
        "    cost_val = cost(x_data, y_data)\n    grad_val = gradient(x_data, y_data)\n    w = w - learning_rate * grad_val",
        '    print("Epoch:", epoch, "w=", w, "loss=", cost_val)\n',
    ):
        assert line in program
    program = python_script(Experiment(batch_size=1))
    assert "def loss(x, y):" in program
    assert (
        "    for x, y in zip(x_data, y_data):\n        grad = gradient(x, y)\n        w = w - learning_rate" in program
    )


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_a_program_has_nothing_that_it_does_not_use(key):
    for experiment in (*variants(key), *variants(key, rate=30.0, epochs=200)):
        program = python_script(experiment)
        nodes = list(ast.walk(ast.parse(program)))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
        assigned = {name.id for name in names if isinstance(name.ctx, ast.Store)}
        assigned |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        assert assigned <= read
        assert ("import" in program) == ("math." in program)
        assert "self" not in read
        assert program.isascii()
        assert max(map(len, program.splitlines())) <= 120
        assert experiment.bias or "b" not in read | assigned
        assert train(experiment).diverged_at is not None or "Stopped" not in program


def test_a_further_optimizer_is_written_out_from_its_class_alone():
    try:

        @dataclass(frozen=True)
        class Bounded(Optimizer):
            """Steps by the sign of a running mean, but never by less than a root of its size."""

            keep: float = knob(0.8, low=0.0, high=1.0, symbol="k")

            key = "bounded"
            label = "Bounded"

            def init(self, parameter):
                return (0.0 * parameter,)

            def update(self, gradient, state, learning_rate, parameter):
                (mean,) = state
                mean = self.keep * mean + (1.0 - self.keep) * gradient
                sign = 1.0 if mean > 0.0 else -1.0
                return -learning_rate * sign * maximum(square_root(abs(mean)), 0.5), (mean,)

        for experiment in variants("bounded"):
            tuned_rule = replace(experiment, optimizer=Bounded(keep=0.3))
            assert printed(python_script(tuned_rule)) == log_of(tuned_rule)
            assert "# Bounded: Steps by the sign of a running mean" in python_script(tuned_rule)
    finally:
        del OPTIMIZERS["bounded"]


@dataclass(frozen=True)
class Mirrored:
    """A rule of no use, whose source goes another way than the project's: it returns what it never assigned."""

    def init(self, parameter):
        return 0.0 * parameter, 1.0

    def update(self, gradient, state, learning_rate, parameter):
        old, weight = state
        return learning_rate * -gradient + old, (gradient + parameter, weight / 2.0)


@dataclass(frozen=True)
class Opaque:
    def init(self, parameter):
        return ()

    def update(self, gradient, state, learning_rate, parameter):
        return -np.sign(gradient), state


@dataclass(frozen=True)
class Looping:
    def init(self, parameter):
        return ()

    def update(self, gradient, state, learning_rate, parameter):
        while gradient > 1.0:
            gradient = square_root(gradient)
        return -gradient, state


def test_a_rule_may_return_a_state_that_it_did_not_assign():
    rule, names = Mirrored(), {"w": 3.0, "grad": 0.7, "learning_rate": 0.1, "old": 0.25, "weight": 1.0}
    change, state = rule.update(0.7, (0.25, 1.0), 0.1, 3.0)
    exec("\n".join(rule_source(rule, 1.0, "w", "grad").lines), {}, names)
    assert (names["w"], names["old"], names["weight"]) == (3.0 + change, *state)


@pytest.mark.parametrize(("rule", "words"), [(Opaque, "calls np.sign"), (Looping, "Looping.update has no plain form")])
def test_a_rule_that_cannot_be_written_out_is_named(rule, words):
    with pytest.raises(TypeError, match=words):
        rule_source(rule(), 1.0, "w", "grad")


@given(tuned(), st.sampled_from([4.0, 2.5, -0.0]))
@settings(max_examples=60)
def test_the_short_program_makes_the_same_run(experiment, predict_x):
    assert printed(numpy_script(experiment, predict_x)) == log_of(experiment, predict_x)


def test_the_short_program_writes_only_what_is_not_the_lectures():
    assert "experiment = Experiment()\n" in numpy_script(Experiment())
    program = numpy_script(Experiment(bias=True, optimizer=OPTIMIZERS["adam"](beta1=0.8), batch_size=1))
    assert 'Experiment(\n    bias=True,\n    optimizer=OPTIMIZERS["adam"](beta1=0.8),\n    batch_size=1,\n)' in program
    assert len(program.splitlines()) < 15
