"""A run in words: the log that the lecture's programs would print, what happened, and one update by hand."""

from gd_core.lesson.arithmetic import formula, mean_line, sample_rows, worked_update
from gd_core.lesson.by_hand import DERIVATION, exact_values, loss_table, sample_table, update_heading
from gd_core.lesson.fit import fit_table, prediction_sentence
from gd_core.lesson.landscapes import MADE_UP, basins_text, descent_text
from gd_core.lesson.log import log_excerpt, log_lines, log_text
from gd_core.lesson.noise import noise_table, noise_text
from gd_core.lesson.printed import printed_loss
from gd_core.lesson.race import RULERS, entry_label, race_table, race_text
from gd_core.lesson.rates import Band, Landmark, bands, landmarks, limit_of, rate_text, summed_text, valley_text
from gd_core.lesson.twins import (
    Table,
    describe_descent,
    describe_race,
    describe_rates,
    describe_run,
    describe_start,
    plain_text,
    tabulate_descent,
    tabulate_race,
    tabulate_rates,
    tabulate_run,
)
from gd_core.lesson.verdict import Outcome, Verdict, verdict
from gd_core.lesson.wording import counted, named, number

__all__ = [
    "DERIVATION",
    "MADE_UP",
    "RULERS",
    "Band",
    "Landmark",
    "Outcome",
    "Table",
    "Verdict",
    "bands",
    "basins_text",
    "counted",
    "descent_text",
    "describe_descent",
    "describe_race",
    "describe_rates",
    "describe_run",
    "describe_start",
    "entry_label",
    "exact_values",
    "fit_table",
    "formula",
    "landmarks",
    "limit_of",
    "log_excerpt",
    "log_lines",
    "log_text",
    "loss_table",
    "mean_line",
    "named",
    "noise_table",
    "noise_text",
    "number",
    "plain_text",
    "prediction_sentence",
    "printed_loss",
    "race_table",
    "race_text",
    "rate_text",
    "sample_rows",
    "sample_table",
    "summed_text",
    "tabulate_descent",
    "tabulate_race",
    "tabulate_rates",
    "tabulate_run",
    "update_heading",
    "valley_text",
    "verdict",
    "worked_update",
]
