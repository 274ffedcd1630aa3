"""The mathematics of the lecture's gradient descent: pure functions of immutable values, with NumPy alone."""

from gd_core.data import Dataset
from gd_core.optimizers import OPTIMIZERS
from gd_core.sweeping import Sweep, sweep
from gd_core.training import Experiment, Run, train

__all__ = ["OPTIMIZERS", "Dataset", "Experiment", "Run", "Sweep", "sweep", "train"]
