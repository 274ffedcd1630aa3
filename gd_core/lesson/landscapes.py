"""A descent on a made-up landscape in words: where it ended, what is lower, and why nothing moves where the gradient is 0."""

from math import hypot

from gd_core.landscapes import NOT_SETTLED, RAN_AWAY, Basins, Landscape, StationaryPoint, Trail
from gd_core.landscapes.descent import FAR
from gd_core.lesson.wording import counted, number

MADE_UP = (
    "These landscapes are made up. The lecture's own cost, the mean squared error of a line, is a parabola with one minimum "
    "(with a bias, a bowl): it has no local minimum, no plateau and no saddle to be caught by."
)


def descent_text(trail: Trail) -> str:
    """Return what happened in a descent, in Markdown; every number in it is computed from the trail."""
    landscape, rate = trail.descent.shape, number(trail.descent.learning_rate)
    start, end, height = trail.positions[0].tolist(), trail.positions[-1].tolist(), float(trail.values[-1])
    first = f"{trail.descent.optimizer.label} starts at {_place(landscape, start)} (height {number(trail.values[0])})"
    if trail.fate == RAN_AWAY:
        return (
            f"**Ran away.** {first}. In update {len(trail) + 1} a coordinate passed {FAR:g} and the descent was "
            f"stopped; the height had gone to {number(height)}. Try a smaller learning rate than {rate}."
        )
    went = (
        f"{first} and is at {_place(landscape, end)} after {counted(len(trail), 'update')}: height {number(height)}, "
        f"gradient {_vector(trail.gradients[-1].tolist())}"
    )
    if trail.fate == NOT_SETTLED:
        return (
            f"**Not settled.** {went}. The last update still moved it by {number(_last_move(trail))}. "
            f"{_ridge(trail)}More updates or another learning rate may change that."
        )
    point = landscape.points[trail.fate]
    there = f"at {_place(landscape, point.at)} the gradient is exactly 0, and steps are made from gradients"
    match point.kind:
        case "minimum" if landscape.height(*point.at) > landscape.lowest:
            return f"**Caught in the {point.name}.** {went}. {_what_is_lower(landscape, point)}"
        case "minimum":
            return f"**At the {point.name}.** {went}. {_nothing_lower(landscape, point)}"
        case "flat":
            return (
                f"**On the {point.name}.** {went}. The last update moved it by only {number(_last_move(trail))}: {there}, "
                f"although that is no minimum. {_goal(landscape, height)}"
            )
        case _:
            shape = (
                "falls on both sides" if point.kind == "hilltop" else "rises along v, but falls along u on both sides"
            )
            ridge = _ridge(trail)
            stuck = ridge or not trail.gradients[-1].any()
            return (
                f"**{'Stuck' if stuck else 'Still'} at the {point.name}.** {went}. No minimum: the height {shape}; but {there}. "
                f"{ridge if stuck else 'This start is a little beside, so more updates lead away. '}{_goal(landscape, height)}"
            )


def basins_text(basins: Basins) -> str:
    """Return the share of all starts that ended at each point, for the optimizer, rate and updates they share, in Markdown."""
    descent, landscape = basins.descent, basins.descent.shape
    ranges = " and ".join(
        f"{name} = {number(low)} to {number(high)}" for name, (low, high) in zip(landscape.names, landscape.domain)
    )
    shares = [f"**{100.0 * basins.share(fate):.3g} %** {_fate_words(landscape, fate)}" for fate in basins.present]
    listed = shares[0] if len(shares) == 1 else f"{', '.join(shares[:-1])} and {shares[-1]}"
    return (
        f"Of {basins.fates.size:,} starts from {ranges}, {listed} ({descent.optimizer.label}, learning rate "
        f"{number(descent.learning_rate)}, {counted(descent.updates, 'update')})."
    )


def _fate_words(landscape: Landscape, fate: int) -> str:
    if fate == NOT_SETTLED:
        return "have not settled"
    if fate == RAN_AWAY:
        return "run away"
    point = landscape.points[fate]
    verb = {"minimum": "reach", "flat": "are still on"}.get(point.kind, "are still at")
    return f"{verb} the {point.name}"


def _what_is_lower(landscape: Landscape, point: StationaryPoint) -> str:
    goal, here = landscape.points[0], landscape.height(*point.at)
    lower = f"The {goal.name}, {_place(landscape, goal.at)}, is lower by {number(here - landscape.height(*goal.at))}"
    hills = [hill for hill in landscape.points if hill.kind == "hilltop" and _between(hill, point, goal)]
    climb = (
        max(landscape.height(*hill.at) for hill in hills) - here
    )  # between two minima of a curve there is always one
    return f"{lower}, but the hill on the way is {number(climb)} higher than here, and steps against the gradient lead downhill."


def _between(hill: StationaryPoint, first: StationaryPoint, second: StationaryPoint) -> bool:
    return min(first.at[0], second.at[0]) < hill.at[0] < max(first.at[0], second.at[0])


def _nothing_lower(landscape: Landscape, point: StationaryPoint) -> str:
    equal = [
        other
        for other in landscape.points
        if other is not point and other.kind == "minimum" and landscape.height(*other.at) == landscape.lowest
    ]
    return "No place is lower" + "".join(
        f"; the {other.name}, {_place(landscape, other.at)}, is as low" for other in equal
    ) + "."  # fmt: skip


def _ridge(trail: Trail) -> str:
    """Return why u never changed, where it started exactly on the ridge of a saddle; else nothing."""
    kinds = [point.kind for point in trail.descent.shape.points]
    if "saddle" not in kinds or trail.positions[:, 0].any() or trail.gradients[:, 0].any():
        return ""
    return (
        "On the ridge u = 0 the gradient along u is 0 in every update, so no rule ever leaves it; a start a hair beside it "
        "gets away. "
    )


def _goal(landscape: Landscape, height: float) -> str:
    lowest = [point for point in landscape.points if landscape.height(*point.at) == landscape.lowest]
    names = " and the ".join(point.name for point in lowest)
    verb = "is" if len(lowest) == 1 else "are"
    return f"The {names} {verb} {number(height - landscape.lowest)} lower."


def _last_move(trail: Trail) -> float:
    return hypot(*(trail.positions[-1] - trail.positions[-2]).tolist())


def _place(landscape: Landscape, position: list[float] | tuple[float, ...]) -> str:
    """Return "u = 2" or "(u, v) = (1, 0.5)"; a negative zero reads 0."""
    if len(position) == 1:
        return f"u = {_vector(position)}"
    return f"({', '.join(landscape.names)}) = {_vector(position)}"


def _vector(values: list[float] | tuple[float, ...]) -> str:
    numbers = ", ".join(number(value + 0.0) for value in values)
    return numbers if len(values) == 1 else f"({numbers})"
