"""Every rule against PyTorch itself, where it is installed: `pip install torch`, then run the tests again."""

import numpy as np
import pytest

from gd_core import OPTIMIZERS, Dataset, Experiment, train

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch, and run the tests again")

CLASSES = {
    "gd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "adamax": ("Adamax", {}),
    "nadam": ("NAdam", {}),
    "radam": ("RAdam", {}),
    "adadelta": ("Adadelta", {}),
}
# NAdam keeps the product of its momenta in PyTorch's default type; in float32 that costs 1e-10.
torch.set_default_dtype(torch.float64)

POINTS = Dataset((1, 2, 3, 4, 2.5), (2.1, 3.9, 6.3, 7.7, 12))


@pytest.mark.parametrize("key", OPTIMIZERS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [None, 1, 2])
def test_five_hundred_updates_agree_with_torch(key, bias, size):
    experiment = Experiment(POINTS, bias, (1.0, 0.5)[: 1 + bias], OPTIMIZERS[key](), 0.01, 200, size)
    run = train(experiment)
    w = torch.tensor([1.0, 0.5], dtype=torch.float64)[: 1 + bias].clone().requires_grad_()
    name, settings = CLASSES[key]
    rule = getattr(torch.optim, name)([w], lr=0.01, **settings)
    x, y = (torch.tensor(column.copy()) for column in (POINTS.x, POINTS.y))
    history = []
    for _ in range(200):
        for begin in range(0, 5, size or 5):
            batch = slice(begin, begin + (size or 5))
            rule.zero_grad()
            prediction = x[batch] * w[0] + (w[1] if bias else 0.0)
            ((prediction - y[batch]) ** 2).mean().backward()
            rule.step()
            history.append(w.detach().numpy().copy())
    np.testing.assert_allclose(run.parameters[1:], np.array(history), rtol=1e-12)
