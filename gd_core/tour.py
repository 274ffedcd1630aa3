"""The lecture as a tour: its questions in order, each a ready page with a short text and something to try.

The numbers in the texts are held against runs by the tests.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stop:
    """One stop: its title, what it shows, a question to try on the page, and the link that sets the page up."""

    title: str
    text: str
    question: str
    query: dict[str, str] = field(default_factory=dict)


STOPS = (
    Stop(
        "Four hours of work: how many points?",
        "Three students worked 1, 2 and 3 hours and got 2, 4 and 6 points. The model is a line through the origin, "
        "y_hat = x · w, so a single weight w has to be found. The line that starts with w = 1 says 4 points for 4 hours; after "
        "100 epochs it says 7.99978.",
        "Open “Data” and give the third student 7 points. What does the line say for 4 hours now, and does it still go through "
        "all three points?",
        {"section": "The-fit"},
    ),
    Stop(
        "Guess a weight",
        "A guess is judged by its losses, the squared errors of each point. With w = 3 the line is 1, 2 and 3 points too high: "
        "losses 1, 4 and 9, and their mean, the cost, is 4.66667. (The learning rate is tiny here, so that the line stays where "
        "you put it.)",
        "Type other starts. Which one has the same cost as 3, and which one has no cost at all?",
        {"start": "3", "rate": "1e-06", "epochs": "1", "section": "The-fit"},
    ),
    Stop(
        "Try many weights: the cost curve",
        "Whoever tries every weight draws this curve. For these points it is a parabola, cost = 14/3 · (w - 2)²: one valley, and "
        "its lowest place is w = 2. At w = 4 the cost is 18.6667.",
        "At which two weights is the cost 42? Type them as the start and compare.",
        {"start": "4", "rate": "1e-06", "epochs": "1"},
    ),
    Stop(
        "The problem: find the lowest place",
        "We look for the weight with the least cost. For a line there is a formula: w* = Σxy / Σx² = 28/14 = 2. Descent does "
        "not need it; it only asks which way is down, and gets as close as you like: from w = 1, ten updates with the learning "
        "rate 0.05 lead to w = 1.99814.",
        "Change the third point to (3, 5.5). The formula says 26.5/14 = 1.89286. Does descent agree? Is the least cost still 0?",
        {"rate": "0.05", "epochs": "10"},
    ),
    Stop(
        "The gradient, and one update",
        "The slope of the cost says how it changes with w. At w = 1 it is -9.33333: up to the left, down to the right. An "
        "update takes a step against it, w ← w - α · gradient = 1 + 0.01 · 9.33333 = 1.09333.",
        "Compute the second update by hand (its gradient is -8.46222), then press Next.",
        {"section": "One-update-by-hand"},
    ),
    Stop(
        "A learning rate that is too large",
        "With the rate 0.22 every update steps over the valley and lands higher on the other side: the error is multiplied by "
        "1 - 0.22 · 9.33333 = -1.05333 each time, and the run runs away.",
        "What is the largest rate that does not run away? Which rate lands in a single update?",
        {"rate": "0.22", "epochs": "20", "section": "Learning-rates"},
    ),
    Stop(
        "Local minimum and saddle point",
        "The cost of a line is a parabola: one minimum, and descent finds it. Other functions are not so kind. On this made-up "
        "curve descent from u = -2 ends in the local minimum at u = -1, although the one at u = 2 is lower by 2.25: the "
        "gradient only tells which way is down from here.",
        "Where must it start to reach u = 2? What do momentum and a larger rate change? Then look at the saddle.",
        {"section": "Local-minima"},
    ),
    Stop(
        "The batch program and its log",
        "This is what the lecture's first program prints: each epoch one update with all three points. Beside the new w stands "
        "the cost before the update: the first line shows w = 1.09333 with 4.66667, which is the cost of w = 1.",
        "What is the cost of w = 1.09333? Find it in the log without computing it.",
        {"section": "The-log", "printed": "1"},
    ),
    Stop(
        "The cost, epoch by epoch",
        "On a logarithmic axis the cost falls along a straight line: every update multiplies it by the same number, "
        "(1 - 0.01 · 9.33333)² = 0.822044.",
        "Set the rate to 0.05 and then to 0.15. Which line is steeper, and why is it that one?",
        {"axis": "log"},
    ),
    Stop(
        "One sample at a time, and its log",
        "Stochastic descent updates after every single point: three updates an epoch. After the first epoch w = 1.26069. The log "
        "prints 4.91924 beside it, which is the loss of the last sample alone; the cost over all points is 2.55072.",
        "With how many epochs is w within 0.001 of 2? Compare with the batch program, which needs 71.",
        {"batch": "1", "section": "The-log", "printed": "1"},
    ),
    Stop(
        "Samples that disagree",
        "Now no line fits all three points, and each sample pulls towards its own. Stochastic descent does not come to rest: "
        "every epoch takes w through 1.87632, 2.12579 and 1.86258, while the least cost is at w* = 2.03571.",
        "Halve the learning rate. Does the circle get smaller? Does it close?",
        {"data": "1,2;2,5;3,5.5", "rate": "0.05", "batch": "1", "curves": "1", "section": "One-sample-at-a-time"},
    ),
    Stop(
        "Mini-batches: the compromise",
        "Batch, mini-batches of two, and single samples, side by side. Until |w - 2| is below 0.001 they need 71, 28 and 23 "
        "epochs, which are 71, 56 and 69 updates, and 213, 84 and 69 gradients of single samples. A batch can be computed in "
        "parallel, single samples cannot.",
        "Set all three rates to 0.1, then to 0.21. Who wins now, and who runs away?",
        {"section": "Race"},
    ),
)
