"""What the page gives away: the programs and files of the section "Take it away", and a saved experiment opened again."""

import pytest

from gd_core import Dataset, Experiment, export, train
from gd_core.links import to_query
from tests.page import opened, type_into, warnings

EXPERIMENTS = [
    Experiment(),
    Experiment(learning_rate=0.3),
    Experiment(Dataset([1, 2, 3], [2, 5, 5.5]), bias=True, batch_size=2, shuffle_seed=4, epochs=1),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize(("program", "written"), [("python", export.python_script), ("pytorch", export.pytorch_script),
                                                  ("numpy", export.numpy_script)])  # fmt: skip
def test_the_program_on_the_page_is_the_one_of_its_experiment(experiment, program, written):
    page = opened(to_query(experiment) | {"section": "Take-it-away", "program": program})
    assert not warnings(page)
    assert page.code[0].value == written(experiment, 4.0).rstrip()


def test_a_long_program_is_shortened_on_the_page_and_a_longer_one_refused_in_words():
    page = opened({"section": "Take-it-away", "batch": "1", "shuffle": "1", "epochs": "5000"})
    assert len(page.code[0].value) == 20_000
    assert any("all of them are in the file" in each.value for each in page.caption)
    page = opened(
        {"section": "Take-it-away", "data": "noisy", "batch": "1", "shuffle": "1", "epochs": "10000", "rate": "0.001"}
    )
    page.session_state["pasted"] = "\n".join(f"{n % 7} {n % 5}" for n in range(20))
    next(button for button in page.button if button.label == "Use the pasted text").click()
    page.run()
    assert not page.exception
    assert "characters" in warnings(page)


def test_a_saved_experiment_opens_again_and_a_broken_file_changes_nothing():
    experiment = EXPERIMENTS[2]
    page = opened({"section": "Take-it-away"})
    uploader = page.get("file_uploader")[1]
    if not hasattr(uploader, "upload"):
        pytest.skip("this Streamlit's AppTest cannot upload")
    uploader.upload("saved.json", export.to_json(train(experiment)).encode(), "application/json")
    assert not page.run().exception
    assert page.session_state["experiment"] == experiment
    uploader = page.get("file_uploader")[1]
    uploader.upload("broken.json", b'{"format": "something else"}', "application/json")
    assert not page.run().exception
    assert "Nothing was changed" in warnings(page)
    assert page.session_state["experiment"] == experiment


def test_the_section_follows_the_prediction():
    page = opened({"section": "Take-it-away", "predict": "7"})
    assert "7" in page.code[0].value
    type_into(page, "rate", "0.02")
    assert page.code[0].value == export.python_script(Experiment(learning_rate=0.02), 7.0).rstrip()
