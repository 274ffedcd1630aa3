"""Random experiments for property tests, within the project's bounds and small enough to run by the hundred."""

from hypothesis import strategies as st

from gd_core import OPTIMIZERS, Dataset, Experiment

coordinates = st.one_of(
    st.integers(-9, 9).map(float),
    st.floats(-100, 100, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6),
)


@st.composite
def datasets(draw, max_rows=12):
    points = draw(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=max_rows))
    return Dataset(*zip(*points, strict=True))


@st.composite
def experiments(draw, optimizers=tuple(OPTIMIZERS), max_epochs=12, max_rows=12, dataset=None):
    points = draw(datasets(max_rows)) if dataset is None else dataset
    bias = draw(st.booleans())
    return Experiment(
        dataset=points,
        bias=bias,
        start=tuple(draw(st.floats(-10, 10)) for _ in range(1 + bias)),
        optimizer=OPTIMIZERS[draw(st.sampled_from(optimizers))](),
        learning_rate=draw(st.sampled_from([1e-4, 1e-3, 0.01, 0.05, 0.1, 0.3, 1.0, 30.0])),
        epochs=draw(st.integers(1, max_epochs)),
        batch_size=draw(st.one_of(st.none(), st.integers(1, len(points)))),
        shuffle_seed=draw(st.one_of(st.none(), st.integers(0, 5))),
    )
