"""An experiment and its run to take away: programs that print the same digits, tables, and a file that can be read again."""

from gd_core.export.json_file import from_json, to_json
from gd_core.export.names import KINDS, file_name
from gd_core.export.own_script import numpy_script
from gd_core.export.plain_script import python_script
from gd_core.export.program import MAX_SCRIPT
from gd_core.export.tables import data_csv, run_csv
from gd_core.export.torch_script import pytorch_script

__all__ = [
    "KINDS",
    "MAX_SCRIPT",
    "data_csv",
    "file_name",
    "from_json",
    "numpy_script",
    "python_script",
    "pytorch_script",
    "run_csv",
    "to_json",
]
