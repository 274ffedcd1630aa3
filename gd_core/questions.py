"""Predict, then reveal: questions about what a run will do, drawn from a seed and answered by the run itself."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gd_core import bounds, theory
from gd_core.data import Dataset, parse_number
from gd_core.lesson import named, number
from gd_core.optimizers import OPTIMIZERS
from gd_core.racing import Entry
from gd_core.theory import Regime
from gd_core.training import Experiment, random_start, train

MOST_DRAWS = 200  # until a situation is found whose answer is clear; for sensible points the first few do
NEAR_ENOUGH = 0.01  # of the true number, for an answer that is a number

RESTS, CIRCLES, RUNS_AWAY = "It comes to rest at the minimum", "It circles beside the minimum for ever", "It runs away"
LEFT, RIGHT = "Left of the minimum", "Right of the minimum"


@dataclass(frozen=True)
class Question:
    """One question about a run.

    kind: a key of `QUESTIONS`. text: the question with all that is needed to answer it. options: the answers to choose from;
    none where the answer is a number. answer: one of the options, or the number written out. explanation: why, with the
    numbers. experiment: the run that shows it. rivals: the runs that were compared, where there are several.
    """

    kind: str
    seed: int
    text: str
    options: tuple[str, ...]
    answer: str
    explanation: str
    experiment: Experiment
    rivals: tuple[Entry, ...] = ()


def ask(kind: str, dataset: Dataset, bias: bool, seed: int) -> Question:
    """Return the question of a kind that a seed draws for these points: the same seed asks the same question.

    kind: a key of `QUESTIONS`. ValueError where it makes no sense for the points, and says why.
    """
    if kind not in QUESTIONS:
        raise ValueError(f"the questions are {', '.join(QUESTIONS)}, got {kind[:40]!r}")
    bounds.whole("seed", seed, 0, bounds.MAX_SEED)
    limit = theory.largest_rate(dataset, 1 + bias)
    if not 1e-6 < limit < bounds.MAX_LEARNING_RATE / 2.0:
        raise ValueError(f"no question fits these points: the largest rate that works is {number(limit)}")
    draw = np.random.default_rng((seed, list(QUESTIONS).index(kind)))
    for _ in range(MOST_DRAWS):
        start = random_start(int(draw.integers(bounds.MAX_SEED)), bias)
        question = QUESTIONS[kind].drawn(Situation(dataset, bias, seed, start, limit), draw)
        if question is not None:
            return question
    raise ValueError("no question of this kind has a clear answer for these points")


def judge(question: Question, reply: str) -> bool:
    """Return whether a reply is right: the very option, or a number within 1 % of the answer. ValueError: not a number."""
    if question.options:
        return reply == question.answer
    answer = float(question.answer)
    try:
        value = parse_number(reply)
    except ValueError as complaint:
        raise ValueError(f"The answer {complaint}") from None
    return abs(value - answer) <= NEAR_ENOUGH * abs(answer)


@dataclass(frozen=True)
class Situation:
    """What a question is drawn for: the points, the model, where to start, and the rate above which batch runs away."""

    dataset: Dataset
    bias: bool
    seed: int
    start: tuple[float, ...]
    limit: float

    @property
    def least(self) -> theory.Minimum:
        return theory.minimum(self.dataset, self.start)

    def experiment(self, rate: float, epochs: int, batch_size: int | None = None) -> Experiment:
        return Experiment(self.dataset, self.bias, self.start, learning_rate=rate, epochs=epochs, batch_size=batch_size)

    def rate(self, share: float) -> float:
        """Return a share of the limit, in three digits that can be typed."""
        return float(f"{share * self.limit:.3g}")


@dataclass(frozen=True)
class Kind:
    """One kind of question: its label, and how it is drawn; a draw whose answer is not clear gives None."""

    label: str
    drawn: Callable[[Situation, np.random.Generator], Question | None]


def _regime(at: Situation, draw: np.random.Generator) -> Question | None:
    regimes = [Regime.SLIDES_IN, Regime.ONE_UPDATE, Regime.BOUNCES_IN, Regime.BOUNCES_FOR_EVER, Regime.RUNS_AWAY]
    if at.bias:
        regimes.remove(Regime.ONE_UPDATE)  # with two directions no rate lands in one update
    wanted = regimes[draw.integers(len(regimes))]
    rate = {
        Regime.SLIDES_IN: at.rate(draw.uniform(0.1, 0.45)),
        Regime.ONE_UPDATE: at.limit / 2.0,
        Regime.BOUNCES_IN: at.rate(draw.uniform(0.6, 0.95)),
        Regime.BOUNCES_FOR_EVER: at.limit,
        Regime.RUNS_AWAY: at.rate(draw.uniform(1.03, 1.3)),
    }[wanted]
    regime = theory.regime(at.dataset, 1 + at.bias, rate)
    steepest = 2.0 / at.limit
    curvature = f"2 mean(x²) = {number(steepest)}" if not at.bias else f"λ_max = {number(steepest)}"
    error = "the error w - w*" if not at.bias else "the error along the steepest direction"
    return Question(
        kind="regime",
        seed=at.seed,
        text=f"Batch descent from {named(at.start)} with the learning rate {number(rate)}. The cost curves with {curvature}"
        f"{' along its steepest direction' if at.bias else ''}. What will the run do{' along it' if at.bias else ''}?",
        options=tuple(each.value.capitalize() for each in regimes),
        answer=regime.value.capitalize(),
        explanation=f"Each update multiplies {error} by 1 - {number(rate)} · {number(steepest)} = "
        f"{number(_near_zero(1.0 - rate * steepest))}: it {regime.value}. The border between sliding and bouncing is "
        f"{number(at.limit / 2.0)}, and above {number(at.limit)} it runs away.",
        experiment=at.experiment(rate, epochs=20),
    )


def bracketed(value: float) -> str:
    """Return a number as it stands behind another sign."""
    return f"({number(value)})" if value < 0.0 else number(value)


def _near_zero(value: float) -> float:
    """Return the value, or 0 where it differs from it by rounding only."""
    return 0.0 if abs(value) < 1e-12 else value


def _side(at: Situation, draw: np.random.Generator) -> Question | None:
    rate = at.rate(draw.uniform(0.05, 1.2))
    experiment = at.experiment(rate, epochs=1)
    least = at.least.parameters[0]
    before, after = at.start[0], float(train(experiment).parameters[-1, 0])
    if min(abs(before - least), abs(after - least)) < 0.02 * max(1.0, abs(least)):
        return None  # too near to be told apart on the curve
    crossed = (before - least) * (after - least) < 0.0
    way = "crosses it" if crossed else "stays on its side"
    gradient = float(train(experiment).gradients[0, 0])
    return Question(
        kind="side",
        seed=at.seed,
        text=f"The minimum is at {named(at.least.parameters)}. Batch descent starts at {named(at.start)} with the learning "
        f"rate {number(rate)}. On which side of the minimum is w after one update?",
        options=(LEFT, RIGHT),
        answer=LEFT if after < least else RIGHT,
        explanation=f"The gradient at the start is {number(gradient)}, so the update moves w from {number(before)} by "
        f"-{number(rate)} · {bracketed(gradient)} to {number(after)}: it {way}, w* = {number(least)}.",
        experiment=experiment,
    )


def _three_rates(at: Situation, draw: np.random.Generator) -> Question | None:
    shares = draw.choice((0.03, 0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.93, 1.05), size=3, replace=False)
    rates = [at.rate(share) for share in shares]
    costs = [float(train(at.experiment(rate, epochs=10)).costs[-1]) for rate in rates]
    (lowest, best), (second, _) = sorted(zip(costs, rates))[:2]
    if not lowest - at.least.cost < 0.5 * (second - at.least.cost):
        return None
    listed = ", ".join(f"{number(cost)} at {number(rate)}" for rate, cost in zip(rates, costs))
    return Question(
        kind="rates",
        seed=at.seed,
        text=f"Batch descent from {named(at.start)}, ten epochs. Which of these three learning rates ends with the lowest cost?",
        options=tuple(number(rate) for rate in rates),
        answer=number(best),
        explanation=f"After ten epochs the cost is {listed}. The best fixed rate for these points is "
        f"{number(theory.best_rate(at.dataset, len(at.start)))}, and above {number(at.limit)} the run runs away.",
        experiment=at.experiment(rates[0], epochs=10),
        rivals=tuple(Entry(OPTIMIZERS["gd"](), rate) for rate in rates),
    )


def _next_weight(at: Situation, draw: np.random.Generator) -> Question | None:
    rate = at.rate(draw.uniform(0.05, 0.9))
    experiment = at.experiment(rate, epochs=1)
    run = train(experiment)
    gradient, after = float(run.gradients[0, 0]), float(run.parameters[-1, 0])
    if abs(after) < 0.05:
        return None  # 1 % of nearly nothing would be a trap
    return Question(
        kind="next",
        seed=at.seed,
        text=f"Batch descent is at {named(at.start)}, where the gradient along w is {number(gradient)}. The learning rate is "
        f"{number(rate)}. What is w after the update? (within 1 %)",
        options=(),
        answer=repr(after),
        explanation=f"w - α · gradient = {number(at.start[0])} - {number(rate)} · {bracketed(gradient)} = {number(after)}.",
        experiment=experiment,
    )


def _will_it_settle(at: Situation, draw: np.random.Generator) -> Question | None:
    limit = theory.ordered_limit(at.dataset, 1, len(at.start))
    if limit is None or math.isinf(limit) or not theory.minimum(at.dataset, at.start).unique:
        return None
    share = draw.uniform(0.1, 0.8) if draw.random() < 0.7 else draw.uniform(1.1, 1.4)
    rate = float(f"{min(share * limit, bounds.MAX_LEARNING_RATE):.3g}")
    whole = np.eye(len(at.start))
    for step, _ in theory.epoch_maps(at.dataset, rate, 1, len(at.start)):
        whole = step @ whole
    factor = float(np.max(np.abs(np.linalg.eigvals(whole))))
    if 0.9 < factor < 1.1:
        return None  # it would take too long to see
    error = (
        f"an epoch multiplies the error by {number(factor)}"
        if not at.bias
        else f"an epoch shrinks the error by {number(factor)}"
    )
    places = theory.cycle(at.dataset, rate, 1, len(at.start))
    if places is None:
        answer, why = RUNS_AWAY, f"{error}, which is more than 1; below {number(limit)} it stays in"
    else:
        low, high = float(places[:, 0].min()), float(places[:, 0].max())
        if high - low <= 1e-9 * max(1.0, abs(high)):
            answer, why = RESTS, f"{error}, and every sample agrees on {named(at.least.parameters)}"
        elif high - low > 1e-3 * max(1.0, abs(high)):
            answer = CIRCLES
            why = (
                f"the samples disagree: in the end every epoch takes w from {number(low)} to {number(high)}, round about "
                f"w* = {number(at.least.parameters[0])}"
            )
        else:
            return None  # a circle too small to see
    return Question(
        kind="settle",
        seed=at.seed,
        text=f"Stochastic descent, one sample per update in the order of the data, from {named(at.start)} with the learning "
        f"rate {number(rate)}. Where does it end?",
        options=(RESTS, CIRCLES, RUNS_AWAY),
        answer=answer,
        explanation=f"{answer}: {why}.",
        experiment=at.experiment(rate, epochs=100, batch_size=1),
    )


QUESTIONS: dict[str, Kind] = {
    "regime": Kind("What will this learning rate do?", _regime),
    "side": Kind("Left or right after one update?", _side),
    "rates": Kind("Which of three rates is best?", _three_rates),
    "next": Kind("What is the next w?", _next_weight),
    "settle": Kind("Will stochastic descent settle?", _will_it_settle),
}
"""Stable key -> kind of question."""
