"""The lecture's two programs as plain loops, with squares as products: what `log_text` is held against.

Written out separately from gd_core, over any points, start, rate and number of epochs.
"""


def batch_program(xs, ys, w, rate, epochs):
    lines = [f"Predict (before training) 4 {4 * w}"]
    for epoch in range(epochs):
        cost = grad = 0
        for x, y in zip(xs, ys, strict=True):
            cost += (x * w - y) * (x * w - y)
        for x, y in zip(xs, ys, strict=True):
            grad += 2 * x * (x * w - y)
        cost_value, grad_value = cost / len(xs), grad / len(xs)
        w -= rate * grad_value
        lines.append(f"Epoch: {epoch} w= {w} loss= {cost_value}")
    return "\n".join([*lines, f"Predict (after training) 4 {4 * w}"])


def sgd_program(xs, ys, w, rate, epochs):
    lines = [f"Predict (before training) 4 {4 * w}"]
    for epoch in range(epochs):
        for x, y in zip(xs, ys, strict=True):
            grad = 2 * x * (x * w - y)
            w = w - rate * grad
            lines.append(f"\tgrad:  {x} {y} {grad}")
            loss = (x * w - y) * (x * w - y)
        lines.append(f"progress: {epoch} w= {w} loss= {loss}")
    return "\n".join([*lines, f"Predict (after training) 4 {4 * w}"])
