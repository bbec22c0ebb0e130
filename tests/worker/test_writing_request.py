"""What the engine is asked for: the whole conversation, and a text of fitting length."""

import pytest

from feedback.conversation import EarlierPiece
from feedback.records import ClaimedPrompt
from generation.conversation import Ruler, Step, TooLittleRoom
from generation.forms import FORMS
from generation.prompts import messages_for
from worker.writing_request import Length, length_after, request_for

SPACIOUS = Ruler(8000, len)


def claimed(kind: str = "new", instruction: str = "", form: str = "poem") -> ClaimedPrompt:
    return ClaimedPrompt(1, "lease", form, "rain", "en", {}, 1, kind, instruction)


def piece(text: str = "Rain", tokens: int = 60, kind: str = "new", instruction: str = "") -> EarlierPiece:
    return EarlierPiece(7, "poem", "rain", "en", kind, instruction, text, tokens)


def test_a_new_request_is_rendered_as_for_training() -> None:
    request = request_for(claimed(), FORMS, (), SPACIOUS)
    assert request.messages == messages_for(FORMS["poem"], "rain", "en")
    assert (request.max_new_tokens, request.stop_after_lines) == (FORMS["poem"].max_new_tokens, 16)


def test_a_follow_up_holds_the_piece_before_it_and_what_was_asked_first() -> None:
    before = [piece("Rain falls"), piece("Rain", kind="revise", instruction="shorter")]
    messages = request_for(claimed("revise", "make it rhyme", form="haiku"), FORMS, before, SPACIOUS).messages
    assert messages[:2] == messages_for(FORMS["poem"], "rain", "en")
    assert [m["content"].partition(". ")[0] for m in messages[2:]] == [
        "Rain falls",
        "Rewrite the piece above: shorter",
        "Rain",
        "Rewrite the piece above: make it rhyme",
    ]


def test_the_conversation_leaves_room_for_what_is_written() -> None:
    form = FORMS["poem"]
    long = [piece("Rain on the roof\n" * 200)]
    room = Ruler(form.max_new_tokens + 500, len)
    request = request_for(claimed("continue"), FORMS, long, room)
    assert sum(len(message["content"]) for message in request.messages) <= 500
    with pytest.raises(TooLittleRoom):
        request_for(claimed("continue"), FORMS, long, Ruler(form.max_new_tokens + 20, len))


@pytest.mark.parametrize(
    ("text", "kind", "instruction", "length"),
    [
        ("line\n" * 12, "revise", "shorter", Length(75, 8)),
        ("line\n" * 4, "revise", "shorter", Length(75, 16)),
        ("line\n" * 12, "revise", "短一点", Length(75, 8)),
        ("line\n" * 12, "revise", "that is too long", Length(75, 8)),
        ("line\n" * 12, "revise", "a bit longer", Length(200, None)),
        ("line\n" * 12, "revise", "shorter, not longer", Length(75, 8)),
        ("line\n" * 12, "revise", "sadder", Length(120, 16)),
        ("line\n" * 12, "continue", "make it shorter", Length(120, 16)),
    ],
)
def test_shorter_is_shorter_and_longer_may_be_longer(
    text: str, kind: str, instruction: str, length: Length
) -> None:
    step, room = Step(kind, instruction), Ruler(1000, len)
    assert length_after(piece(text, tokens=100), step, Length(120, 16), room) == length


def test_a_piece_can_be_asked_for_longer_again_and_again() -> None:
    length, tokens = Length(320, None), 300
    for _ in range(5):
        length = length_after(
            piece("line", tokens=tokens), Step("revise", "longer"), length, Ruler(1024, len)
        )
        tokens = length.max_new_tokens
    assert length == Length(512, None)
