import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gd_core import Dataset, Experiment, bounds
from gd_core.data import MAX_TEXT, PRESETS, decode, parse_number, read_table, read_text
from tests.strategies import datasets


def points(reading):
    return None if reading.dataset is None else list(zip(reading.dataset.x.tolist(), reading.dataset.y.tolist()))


LECTURE = [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]


def test_arrays_are_read_only_copies():
    source = np.array([1.0, 2.0])
    dataset = Dataset(source, [3, 4])
    source[0] = 9.0
    assert dataset.x.tolist() == [1.0, 2.0]
    assert dataset.y.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        dataset.x[0] = 5.0


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([], [], "x must have from 1 to 10000 rows, got 0"),
        ([1.0] * 10_001, [1.0] * 10_001, "got 10001"),
        ([1, 2], [1], "x has 2 rows and y has 1"),
        ([1, float("nan")], [1, 2], "row 2: x is nan"),
        ([1, 2, 3], [1, 2, -2e6], r"row 3: y is -2000000, outside -1000000 to 1000000"),
        (["a"], [1], "x must hold numbers only"),
        ([[1, 2]], [1], "x must be one-dimensional"),
    ],
)
def test_a_wrong_dataset_is_refused_with_the_row(x, y, words):
    with pytest.raises(ValueError, match=words):
        Dataset(x, y)


@given(datasets(), datasets())
def test_datasets_are_equal_when_their_points_are(first, second):
    same = first.x.tolist() == second.x.tolist() and first.y.tolist() == second.y.tolist()
    assert (first == Dataset(first.x.tolist(), first.y.tolist())) is True
    if not same:
        assert first != second


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n2,4\n3,6",
        "1;2\n2;4\n3;6\n",
        "1\t2\r\n2\t4\r\n3\t6\r\n",
        "1 2\n2   4\n3 6",
        "hours,points\n1,2\n2,4\n3,6",
        "\ufeffx;y\n1,0;2,0\n2,0;4,0\n3,0;6,0",
        "1,0 2,0\n2,0 4,0\n3,0 6,0",
        '"1","2"\n"2","4"\n"3","6"',
        '"1,0","2,0"\n"2,0","4,0"\n"3,0","6,0"',
        "1,2,\n2,4,\n3,6,",
        "1, 2\n\n2, 4\n  \n3, 6",
        "1;2\n2,4\n3 6",
        "1e0,2E+0\n+2,4.\n3.0,0.6e1",
    ],
)
def test_two_columns_are_read_however_they_are_separated(text):
    assert points(read_text(text)) == LECTURE


@pytest.mark.parametrize(
    ("text", "kept", "words"),
    [
        ("", None, "The text is empty."),
        ("   \n\n", None, "The text is empty."),
        ("x,y", None, "No line has both"),
        ("1,2\nfoo,4\n3,6", [LECTURE[0], LECTURE[2]], "Line 2: x is “foo”, not a number. Type a number or delete the line."),
        ("1,2\n2\n3,6", [LECTURE[0], LECTURE[2]], "Line 2 has one column"),
        ("1,2\n2,4,9\n3,6", [LECTURE[0], LECTURE[2]], "Line 2 has 3 columns"),
        ("1,2\n2,\n3,6", [LECTURE[0], LECTURE[2]], "Line 2: y is empty"),
        ("1,2\n2,nan\n3,6", [LECTURE[0], LECTURE[2]], "y is “nan”, not a number"),
        ("1,2\n2,1e7\n3,6", [LECTURE[0], LECTURE[2]], "outside -1000000 to 1000000"),
        ("1,2\n=A1+1,4\n3,6", [LECTURE[0], LECTURE[2]], "“=A1+1”, not a number"),
        ("1;2\n1,000;4\n3;6", [LECTURE[0], LECTURE[2]], "can be read in two ways"),
        ("hours;points\n1;2", LECTURE[:1], "Line 1 (“hours”, “points”) was read as a heading."),
        ("1 2\n" * 10_001, None, "10001 rows are more than the 10000 that fit"),
        ("1" * (MAX_TEXT + 1), None, "at most 1000000 can be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_the_rest_is_kept(text, kept, words):
    reading = read_text(text)
    assert points(reading) == kept
    assert any(words in note for note in reading.notes), reading.notes


def test_many_bad_lines_are_counted_not_listed():
    notes = read_text("a,1\n" * 300 + "1,2").notes
    assert len(notes) <= 7
    assert "more like these" in notes[-1]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@example("1" * 200_000)
@example('"' * 1001)
@example("1,2\n\x0c3;4\x1e5\t6")
def test_any_text_is_answered_with_points_or_a_sentence(text):
    reading = read_text(text)
    assert reading.dataset is not None or reading.notes


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
def test_any_file_is_text_or_refused_with_a_sentence(content):
    try:
        text = decode(content)
    except ValueError:
        assert b"\0" in content or content.startswith((b"\xff\xfe", b"\xfe\xff"))
    else:
        assert "\0" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_files_are_decoded(encoding):
    assert points(read_text(decode("Größe;y\n1;2\n2;4\n3;6".encode(encoding)))) == LECTURE


@given(st.floats(-bounds.MAX_VALUE, bounds.MAX_VALUE))
def test_every_number_reads_back_equal(value):
    assert parse_number(repr(value)) == value
    assert parse_number(value) == value


@pytest.mark.parametrize("cell", ["−2,5", " -2.5\N{NO-BREAK SPACE}", "-2.5e0"])
def test_typographic_and_decimal_comma_forms_are_numbers(cell):
    assert parse_number(cell) == -2.5


@pytest.mark.parametrize(
    "cell", [None, "", " ", "1_000", "٣", "inf", "0x10", "1/2", "1,234", "1" * 61, "--1", "1e", "."]
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(ValueError, match="^is "):
        parse_number(cell)


def test_the_table_leaves_incomplete_rows_out_and_says_which():
    reading = read_table(["1", "2", None, "3"], ["2", None, "", "6"])
    assert points(reading) == [LECTURE[0], LECTURE[2]]
    assert reading.notes == ("Row 2: y is empty. Type a number or delete the row.",)


def test_an_empty_table_has_no_points():
    assert read_table([], []).dataset is None
    assert read_table([None], [""]).notes == ("No row has both an x and a y.",)


def test_anscombes_sets_share_their_known_statistics():
    for key in ("anscombe1", "anscombe2", "anscombe3", "anscombe4"):
        dataset = PRESETS[key].dataset
        slope, intercept = np.polyfit(dataset.x, dataset.y, 1)
        assert dataset.x.mean() == 9.0
        assert dataset.x.var(ddof=1) == 11.0
        assert (round(slope, 2), round(intercept, 1)) == (0.5, 3.0)


def test_equal_points_are_one_key_and_so_are_equal_experiments():
    assert {Dataset((1, 2), (3, 4)): "known"}[Dataset([1.0, 2.0], [3.0, 4.0])] == "known"
    assert len({Experiment(), Experiment(epochs=100), Experiment(dataset=Dataset((1, 2), (3, 4)))}) == 2
