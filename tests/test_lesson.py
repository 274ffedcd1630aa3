from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment, theory, train
from gd_core.data import PRESETS
from gd_core.lesson import Outcome, log_excerpt, log_text, printed_loss, verdict
from gd_core.lesson.log import EXCERPT_LINES
from gd_core.optimizers import AdamW
from tests.lecture_programs import batch_program, sgd_program
from tests.strategies import datasets, experiments

LECTURE = Path(__file__).parent / "lecture"


@pytest.mark.parametrize(("size", "file"), [(None, "batch.log"), (1, "sgd.log")])
def test_the_log_equals_what_the_lectures_program_prints(size, file):
    assert log_text(train(Experiment(batch_size=size))) + "\n" == (LECTURE / file).read_text()


@pytest.mark.parametrize(("size", "program"), [(None, batch_program), (1, sgd_program)])
@given(datasets(max_rows=100), st.sampled_from([1e-4, 1e-3]), st.floats(-9, 9))
def test_the_log_equals_the_lectures_loops_on_any_points(size, program, dataset, rate, start):
    run = train(Experiment(dataset, start=(start,), learning_rate=rate, epochs=5, batch_size=size))
    assert run.diverged_at is None
    assert log_text(run) == program(dataset.x.tolist(), dataset.y.tolist(), start, rate, 5)


def test_a_hundred_rows_give_the_loops_bits():
    draw = np.random.default_rng(5)
    dataset = Dataset(draw.normal(size=100), draw.normal(size=100))
    log = log_text(train(Experiment(dataset, epochs=20)))
    assert log == batch_program(dataset.x.tolist(), dataset.y.tolist(), 1.0, 0.01, 20)


def test_mini_batches_and_bias_extend_the_layouts():
    log = log_text(train(Experiment(bias=True, batch_size=2, epochs=1))).splitlines()
    assert log[1].startswith("\tgrad:  [1.0, 2.0] [2.0, 4.0] -5.0 -3.0")
    assert log[2].startswith("\tgrad:  [3.0] [6.0] ")
    assert log[3].startswith("progress: 0 w= ")
    assert " b= " in log[3]


def test_a_run_that_diverged_says_where_it_stopped():
    last = log_text(train(Experiment(learning_rate=0.3, epochs=1000))).splitlines()[-1]
    assert last == "Stopped after 194 updates: in the next one a number passed 1e+100"


@given(experiments(max_epochs=300, optimizers=("gd", "adam")), st.sampled_from([20, 61, EXCERPT_LINES]))
def test_the_excerpt_is_the_beginning_and_the_end_of_the_log(experiment, most):
    run = train(experiment)
    log = log_text(run).splitlines()
    excerpt, hidden = log_excerpt(run)
    lines = excerpt.splitlines()
    if hidden == 0:
        assert lines == log
    else:
        half = EXCERPT_LINES // 2
        assert lines[:half] == log[:half]
        assert lines[-half:] == log[-half:]
        assert hidden == len(log) - 2 * half


@pytest.mark.parametrize(
    ("settings", "outcome", "words"),
    [
        ({}, Outcome.ARRIVED, "w = 1.99994 after 100 epochs, 5.55603e-05 below the minimum (w = 2, cost 0)"),
        ({"epochs": 5}, Outcome.APPROACHING, "The cost went from 4.66667 to 1.75179"),
        ({"learning_rate": 3 / 28}, Outcome.ARRIVED, "exactly at the minimum"),
        ({"learning_rate": 0.3}, Outcome.RAN_AWAY, "converges only below a learning rate of 0.214286"),
        ({"learning_rate": 0.3, "epochs": 1000}, Outcome.RAN_AWAY, "In update 195 a number passed 1e+100"),
        (
            {"learning_rate": 0.21, "batch_size": 1, "epochs": 3000},
            Outcome.RAN_AWAY,
            "converges surely below a learning rate of 0.204018",
        ),
        ({"learning_rate": 3 / 14, "epochs": 99}, Outcome.NO_CLOSER, "1 above the minimum"),
        (
            {"dataset": Dataset((1, 2, 3), (2, 5, 5.5)), "learning_rate": 0.05, "batch_size": 1},
            Outcome.CIRCLING,
            "in every epoch w goes from 1.86258 to 2.12579, beside the minimum (w = 2.03571",
        ),
        # Far from the minimum, and yet at rest: (1 - 0.4) (1 - 1.6) (1 - 3.6) = 0.936, so an epoch shrinks what is left.
        (
            {"dataset": Dataset((1, 2, 3), (2, 5, 5.5)), "learning_rate": 0.2, "batch_size": 1},
            Outcome.CIRCLING,
            "goes from -39.8",
        ),
        (
            {"dataset": Dataset((1, 2, 3), (2, 5, 5.5)), "learning_rate": 0.2, "batch_size": 1, "epochs": 20},
            Outcome.NO_CLOSER,
            "Try a smaller learning rate than 0.2.",
        ),
        (
            {"dataset": Dataset((2, 2), (5, 7)), "bias": True, "learning_rate": 0.1},
            Outcome.ARRIVED,
            "the nearest minimum of a whole valley (w = 2.6, b = 0.8, cost 1)",
        ),
        (
            {"dataset": Dataset((2, 2), (5, 7)), "bias": True, "learning_rate": 0.1, "batch_size": 1},
            Outcome.CIRCLING,
            "w goes from 2.2 to 3, beside the nearest minimum of a whole valley",
        ),
        ({"start": (2.0,)}, Outcome.AT_MINIMUM, "the start is the minimum"),
        ({"dataset": Dataset((0, 0), (1, 3))}, Outcome.FLAT, "the cost is 5 here"),
        ({"bias": True, "epochs": 5000}, Outcome.ARRIVED, "away from the minimum (w = 2, b = 0, cost 0)"),
    ],
)
def test_the_verdict_says_what_happened(settings, outcome, words):
    spoken = verdict(train(Experiment(**settings)))
    assert spoken.outcome == outcome
    assert words in spoken.sentence


@given(experiments(max_epochs=60))
def test_the_verdict_agrees_with_the_run(experiment):
    run = train(experiment)
    spoken = verdict(run)
    least = theory.minimum(experiment.dataset, experiment.start)
    gaps = np.linalg.norm(run.parameters[[0, -1]] - np.array(least.parameters), axis=1)
    if run.diverged_at is not None:
        assert spoken.outcome == Outcome.RAN_AWAY
    if spoken.outcome == Outcome.ARRIVED:
        assert gaps[1] <= 1e-3 * gaps[0]
    if spoken.outcome == Outcome.APPROACHING:
        assert run.costs[-1] < run.costs[0]
    if spoken.outcome == Outcome.CIRCLING:
        longer = train(replace(experiment, epochs=2 * experiment.epochs))
        per_epoch = experiment.updates_per_epoch
        width = np.ptp(run.parameters[-per_epoch:], axis=0).max()
        if experiment.optimizer.key == "gd" and experiment.shuffle_seed is None:
            np.testing.assert_allclose(longer.parameters[-per_epoch:], run.parameters[-per_epoch:], atol=0.5 * width)
    if spoken.outcome in (Outcome.FLAT, Outcome.AT_MINIMUM):
        assert (run.parameters == run.parameters[0]).all()
    assert "nan" not in spoken.sentence
    assert "inf" not in spoken.sentence


@pytest.mark.parametrize("key", PRESETS)
@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_every_ready_set_has_a_verdict_with_every_rule(key, rule):
    experiment = Experiment(PRESETS[key].dataset, optimizer=OPTIMIZERS[rule]())
    assert verdict(train(experiment)).sentence.endswith(".")


# Each sample's gradient is so large that this run ends in the middle of its first epoch.
BROKEN_OFF = Experiment(Dataset(12 * (1e6,), 6 * (1e6, -1e6)), learning_rate=1000.0, batch_size=1)


def test_a_run_that_ended_in_its_first_epoch_prints_no_loss_and_says_so():
    run = train(BROKEN_OFF)
    assert 0 < len(run) < 12
    assert printed_loss(run) == "The log of this run has no complete epoch, so it prints no loss."
    assert log_text(run).count("grad:") == len(run)


def test_a_run_away_along_which_no_cost_rises_is_not_said_to_rise():
    # Every x is 0, so the cost stays; the weight decay alone multiplies w by 1 - 1000 with every update.
    run = train(Experiment(Dataset((0, 0), (1, 2)), optimizer=AdamW(weight_decay=1.0), learning_rate=1000.0))
    assert run.parameters[-1, 0] == pytest.approx((-999.0) ** len(run), rel=1e-9)
    assert verdict(run).sentence == (
        f"**Ran away.** In update {len(run) + 1} a number passed 1e+100 and the run was stopped; the cost had gone from 2.5 to "
        "2.5. Try a smaller learning rate than 1000."
    )
