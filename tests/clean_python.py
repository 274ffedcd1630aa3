"""Runs written programs in a clean interpreter: Python's -I leaves out the environment, this folder and its packages."""

import subprocess
import sys

# Given a folder, runs every program in it, one after the other, and leaves what each prints in a file beside it.
_RUN_ALL = """
import contextlib, pathlib, runpy, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    with open(path.with_suffix(".out"), "w", newline="") as out, contextlib.redirect_stdout(out):
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit:
            pass
"""


def output_of(program, folder):
    """Return what one program prints, as a file on its own that is started like any other."""
    path = folder / "program.py"
    path.write_text(program)
    return _completed([str(path)])


def outputs_of(programs, folder):
    """Return what each of many programs prints; one interpreter runs them all, each with names of its own."""
    paths = []
    for number, program in enumerate(programs):
        paths.append(folder / f"{number:05}.py")
        paths[-1].write_text(program)
    assert _completed(["-c", _RUN_ALL, str(folder)]) == ""
    return [path.with_suffix(".out").read_text() for path in paths]


def _completed(arguments):
    done = subprocess.run([sys.executable, "-I", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
