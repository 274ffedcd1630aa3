"""What the dashboard costs, against goals that are ratios wherever a ratio can be had: `python -m tests.benchmark`."""
