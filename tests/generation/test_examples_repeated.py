"""What a form shows as an example is not taken for a piece that was written."""

import pytest

from generation.examples_repeated import repeated
from generation.forms import FORMS
from generation.forms.form import Example, Form
from generation.screening import Screen
from generation.selection import Judge, best

QUATRAIN, LIMERICK, POEM = FORMS["quatrain"], FORMS["limerick"], FORMS["poem"]
OWN = """A gate that no one closes now
lets in the evening and the rain,
the apples leave the bending bough,
the path is mud and grass again."""
COPIED = """The scarecrow, with the wings of a bird,
keeps one small circle of the sky,
and when I lean, and when I call,
it lends my voice a deep reply."""
CHINESE = Form(
    "verse", {"zh": "写一首关于{theme}的诗"}, 60, examples=(Example("zh", "井", "井口一环天\n俯身听水声"),)
)


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_every_example_is_known_again(form: Form) -> None:
    for example in form.examples:
        shared = repeated(form, "something else", f"Well.\n{example.text.upper()}")
        assert shared is not None
        assert shared.source.title == example.theme
        assert shared.source.corpus == f"examples of {form.name}"


@pytest.mark.parametrize(
    ("form", "theme", "text", "length"),
    [
        (QUATRAIN, "a scarecrow", COPIED, 8),
        (QUATRAIN, "an attic", "The attic,\nit lends my voice a deep reply.", 7),
        (QUATRAIN, "an attic", "So WHEN I lean – and when I call you.", 6),
        (LIMERICK, "a button", "A button who stood by,\nthey rolled over the floor", 5),
        (LIMERICK, "a button", "A button rolled over the floor", 0),
        (QUATRAIN, "a gate", OWN, 0),
        (POEM, "a scarecrow", COPIED, 0),  # It was shown no example.
        (QUATRAIN, "it lends my voice a deep reply", "Well,\nit lends my voice a deep reply.", 0),
        (CHINESE, "雨", "雨后井口一环天", 5),
        (CHINESE, "雨", "雨后井口一环", 0),
    ],
)
def test_a_line_or_six_words_of_an_example_are_a_copy(form: Form, theme: str, text: str, length: int) -> None:
    shared = repeated(form, theme, text)
    assert (shared.length if shared is not None else 0) == length


def test_what_is_repeated_is_told_as_it_stands_in_the_text() -> None:
    shared = repeated(QUATRAIN, "an attic", "So WHEN I lean – and when I call you.")
    assert shared is not None
    assert (shared.run, shared.unit) == ("WHEN I lean – and when I", "words")
    shared = repeated(CHINESE, "雨", "雨后，井口一环天。")
    assert shared is not None
    assert (shared.run, shared.unit) == ("井口一环天", "characters")


def test_of_several_texts_one_that_copies_no_example_is_kept() -> None:
    judge = Judge(Screen())
    judged = [judge.judge(QUATRAIN, "a scarecrow", "en", text) for text in (COPIED, "A gate.\nA wall.")]
    assert judged[0].merit > judged[1].merit
    assert best(judged) == 1
    assert "a well" in judged[0].marks
