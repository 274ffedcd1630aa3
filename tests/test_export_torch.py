"""The PyTorch program makes the same run as `train`: read here, and executed where PyTorch is installed."""

import importlib.util
import itertools
import re
from dataclasses import fields

import numpy as np
import pytest

from gd_core import OPTIMIZERS, Dataset, Experiment, train
from gd_core.export import pytorch_script
from gd_core.export.torch_script import torch_call
from gd_core.lesson import log_text
from tests.clean_python import output_of, outputs_of

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed: pip install torch, and run the tests again",
)

POINTS = Dataset((1, 2, 3, 4, 2.5), (2.1, 3.9, 6.3, 7.7, 12))

CALLS = {
    "gd": "SGD([w], lr=0.5)",
    "momentum": "SGD([w], lr=0.5, momentum=0.9)",
    "nesterov": "SGD([w], lr=0.5, momentum=0.9, nesterov=True)",
    "adagrad": "Adagrad([w], lr=0.5, eps=1e-10)",
    "rmsprop": "RMSprop([w], lr=0.5, alpha=0.99, eps=1e-08)",
    "adam": "Adam([w], lr=0.5, betas=(0.9, 0.999), eps=1e-08)",
    "adamw": "AdamW([w], lr=0.5, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01)",
    "adamax": "Adamax([w], lr=0.5, betas=(0.9, 0.999), eps=1e-08)",
    "nadam": "NAdam([w], lr=0.5, betas=(0.9, 0.999), eps=1e-08, momentum_decay=0.004)",
    "radam": "RAdam([w], lr=0.5, betas=(0.9, 0.999), eps=1e-08)",
    "adadelta": "Adadelta([w], lr=0.5, rho=0.9, eps=1e-06)",
}


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_the_call_has_pytorchs_names_for_every_hyperparameter(key):
    assert torch_call(OPTIMIZERS[key](), "w", 0.5) == f"torch.optim.{CALLS[key]}"
    for experiment in variants(key):
        compile(pytorch_script(experiment), "<program>", "exec")


def test_nesterov_without_momentum_is_plain_descent_for_pytorch_refuses_it():
    assert torch_call(OPTIMIZERS["nesterov"](momentum=0), "wb", 0.5) == "torch.optim.SGD([w, b], lr=0.5, momentum=0.0)"


def test_a_rule_that_names_no_class_of_pytorch_is_refused():
    class Unknown:
        """Nobody has it."""

        label = "Unknown"

    with pytest.raises(ValueError, match="PyTorch has no Unknown"):
        torch_call(Unknown(), "w", 0.5)


def variants(key, rate=0.01, epochs=60):
    for bias, size, seed in itertools.product((False, True), (None, 1, 2), (None, 7)):
        yield Experiment(POINTS, bias, (1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), rate, epochs, size, seed)


def tuned(rule):
    """Return a rule with every hyperparameter away from its default."""
    return rule(**{knob.name: {"eps": 1e-3, "alpha": 0.9}.get(knob.name, 0.7 * knob.default) for knob in fields(rule)})


def numbers(text):
    """Return the parameters that a log prints, the last number of each of its lines, and all its words."""
    after = re.findall(r" [wb]= (\S+)", text) + [line.split()[-1] for line in text.splitlines() if "Predict" in line]
    return np.array(after, dtype=np.float64), re.sub(r"-?\d+\.\d+(e[+-]\d+)?|-?\d+e[+-]\d+", "N", text)


def assert_same_run(experiments, outputs):
    for experiment, output in zip(experiments, outputs, strict=True):
        (expected, words), (found, said) = numbers(log_text(train(experiment)) + "\n"), numbers(output)
        assert said == words
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@needs_torch
@pytest.mark.parametrize("key", OPTIMIZERS)
def test_pytorch_makes_the_same_run(key, tmp_path):
    runs = [*variants(key), *(Experiment(POINTS, True, (1, 0), tuned(OPTIMIZERS[key]), 0.02, 60, 2, 1),)]
    assert_same_run(runs, outputs_of(map(pytorch_script, runs), tmp_path))


@needs_torch
def test_runs_that_diverge_stop_at_the_same_update(tmp_path):
    runs = [
        Experiment(POINTS, bias, optimizer=OPTIMIZERS[key](), learning_rate=3.0, epochs=900, batch_size=size)
        for bias, size, key in itertools.product((False, True), (None, 1, 2), ("gd", "momentum", "nesterov"))
    ]
    assert all(train(experiment).diverged_at for experiment in runs)
    assert_same_run(runs, outputs_of(map(pytorch_script, runs), tmp_path))


@needs_torch
def test_a_program_of_its_own_and_nesterov_without_momentum(tmp_path):
    experiment = Experiment(POINTS, True, (1, 0), OPTIMIZERS["nesterov"](momentum=0), epochs=5)
    assert_same_run([experiment], [output_of(pytorch_script(experiment), tmp_path)])


@needs_torch
def test_the_header_is_right_that_float32_does_not_agree(tmp_path):
    experiment = Experiment(POINTS, optimizer=OPTIMIZERS["adam"]())
    program = pytorch_script(experiment)
    assert "float32" in program.splitlines()[1]
    found, _ = numbers(output_of(program.replace("torch.set_default_dtype(torch.float64)\n", ""), tmp_path))
    expected, _ = numbers(log_text(train(experiment)))
    assert 1e-12 < np.max(np.abs(found / expected - 1)) < 1e-4


def test_every_optimizer_is_in_the_table():
    assert set(CALLS) == set(OPTIMIZERS)
