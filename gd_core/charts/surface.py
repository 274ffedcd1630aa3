"""The cost over w and b as a surface in space: another view of the rings."""

import numpy as np

from gd_core import model, theory
from gd_core.charts.cost import parameter_window
from gd_core.charts.marks import CURVE, MINIMUM, PATH, START, thin
from gd_core.training import Run


def surface(run: Run) -> dict:
    """Return the figure of the cost surface with the path on it, in the window of the rings; a run with a bias only."""
    dataset = run.experiment.dataset
    least = theory.minimum(dataset, run.experiment.start)
    ws, bs = (parameter_window(run, least, index) for index in (0, 1))
    w, b = ws.grid(41), bs.grid(41)
    mesh = np.column_stack([values.ravel() for values in np.meshgrid(w, b)])
    height = model.costs(dataset, mesh).reshape(41, 41)
    path = run.parameters[thin(run.parameters[:, 0], 200)]
    path = path[[w_ in ws and b_ in bs for w_, b_ in path]]

    def mark(at: np.ndarray, style: dict, name: str, symbol: str) -> dict:
        return {
            "type": "scatter3d",
            "mode": "markers",
            "x": at[:, 0],
            "y": at[:, 1],
            "z": model.costs(dataset, at),
            "name": name,
            "marker": {"color": style["color"], "size": 6, "symbol": symbol},
        }

    return {
        "data": [
            {
                "type": "surface",
                "x": w,
                "y": b,
                "z": height.astype(np.float32),
                "opacity": 0.75,
                "showscale": False,
                "colorscale": [[0.0, "#E0E0E0"], [1.0, CURVE]],
                "name": "cost",
            },
            {
                **mark(path, PATH, "updates", "circle"),
                "mode": "lines+markers",
                "line": {"color": PATH["color"], "width": 4},
            },
            mark(run.parameters[:1], START, "start", "square"),
            mark(np.array([least.parameters]), MINIMUM, "minimum", "diamond"),
        ],
        "layout": {
            "height": 460,
            "margin": {"l": 0, "r": 0, "t": 30, "b": 0},
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.05},
            "scene": {
                "xaxis": {"title": {"text": "w"}},
                "yaxis": {"title": {"text": "b"}},
                "zaxis": {"title": {"text": "cost"}},
            },
        },
    }
