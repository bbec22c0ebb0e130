"""Tone, length and language that a reader chose beside the request reach the model, and training."""

from dataclasses import replace

import pytest

from bots.messages import Refused, Vote
from feedback.conversation import EarlierPiece
from feedback.records import ClaimedPrompt
from feedback.store import Store
from feedback.tables import now
from generation.conversation import Ruler
from generation.forms import FORMS
from generation.manner import instruction_with, theme_with
from generation.prompts import messages_for
from retrain.asking import conversation
from retrain.dataset_build import build
from retrain.selection import Selection
from tests.worker.test_talk import ANN, Talk
from worker.writing_request import request_for

SPACIOUS = Ruler(8000, len)


@pytest.fixture
def talk(store: Store) -> Talk:
    return Talk(store)


@pytest.mark.parametrize(
    ("tone", "length", "language", "theme"),
    [
        ("", "usual", "en", "rain"),
        ("wistful", "usual", "en", "rain (wistful)"),
        ("wistful", "short", "en", "rain (wistful, very short)"),
        ("", "long", "en", "rain (a long one)"),
        ("忧伤", "long", "zh", "rain（忧伤，要长）"),
    ],
)
def test_a_theme_says_how(tone: str, length: str, language: str, theme: str) -> None:
    assert theme_with("rain", tone, length, language) == theme  # type: ignore[arg-type]
    assert theme_with(theme, tone, length, language) == theme  # type: ignore[arg-type]


def test_an_instruction_says_how() -> None:
    assert instruction_with("in rhyme", "wistful", "short", "en") == "in rhyme, wistful, shorter"
    assert instruction_with("", "", "usual", "en") == ""


def test_a_chosen_language_and_manner_are_what_the_writer_gets(talk: Talk) -> None:
    claimed = talk.asked("a story about rain", tone=" very\nwistful ", length="long", language="zh")
    assert (claimed.theme, claimed.language, claimed.length) == (
        "rain（very wistful，要长）",
        "zh",
        "long",
    )
    request = request_for(claimed, FORMS, (), SPACIOUS)
    assert request.messages == messages_for(FORMS["story"], claimed.theme, "zh")
    assert request.max_new_tokens == 2 * FORMS["story"].max_new_tokens


def test_a_form_that_has_a_language_keeps_it(talk: Talk) -> None:
    assert talk.asked("a wujue about rain", language="en").language == "zh"


def test_counted_lines_are_neither_fewer_nor_more(talk: Talk) -> None:
    claimed = talk.asked("a haiku about rain", length="short", tone="wry")
    assert (claimed.theme, claimed.length) == ("rain (wry)", "usual")


def test_which_forms_are_counted() -> None:
    counted = {name for name, form in FORMS.items() if form.counted}
    assert counted == {
        "couplet", "duilian", "haiku", "headline", "limerick", "qijue", "quatrain", "slogan", "sonnet",
        "wujue",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "length", "context", "tokens", "lines"),
    [
        ("poem", "usual", 8000, 120, 16),
        ("poem", "short", 8000, 60, 8),
        ("poem", "long", 8000, 240, 32),
        ("poem", "long", 300, 150, 32),
        ("poem", "long", 200, 120, 32),
        ("story", "short", 8000, 160, None),
        ("haiku", "long", 8000, 56, 3),
    ],
)
def test_the_limits_follow_within_those_of_form_and_model(
    form: str, length: str, context: int, tokens: int, lines: int | None
) -> None:
    claimed = ClaimedPrompt(1, "lease", form, "rain", "en", {}, 1, length=length)
    request = request_for(claimed, FORMS, (), Ruler(context, lambda _: 1))
    assert (request.max_new_tokens, request.stop_after_lines) == (tokens, lines)


def test_a_follow_up_takes_the_manner_into_its_instruction(talk: Talk) -> None:
    piece = talk.write("a poem about rain")
    changed = talk.asked("sadder", follow_up_of=piece, tone="wistful", length="short")
    assert (changed.kind, changed.instruction, changed.length) == (
        "revise",
        "sadder, wistful, shorter",
        "usual",
    )
    before = [EarlierPiece(piece, "poem", "rain", "en", "new", "", "Rain\n" * 12, 100)]
    assert request_for(changed, FORMS, before, SPACIOUS).max_new_tokens == 75


def test_what_continues_a_piece_may_be_long(talk: Talk) -> None:
    piece = talk.write("a story about rain")
    on = talk.asked("continue", follow_up_of=piece, tone="wistful", length="long")
    assert (on.kind, on.instruction, on.length, on.theme) == ("continue", "wistful", "long", "rain")


def test_once_more_is_as_long_as_before(talk: Talk) -> None:
    piece = talk.write("a story about rain", length="short")
    again = talk.asked("", again_of=piece)
    assert (again.theme, again.length) == ("rain (very short)", "short")


def test_a_tone_is_screened_like_every_text_that_a_model_reads(talk: Talk) -> None:
    with pytest.raises(Refused) as refused:
        talk.ask("a poem about rain", tone="like Voldemort")
    assert refused.value.reason == "blocked-prompt"


def test_a_piece_is_trained_on_with_the_words_that_it_was_written_for(talk: Talk) -> None:
    piece = talk.write("a poem about rain", tone="wistful", length="short")
    talk.inbox.rate(Vote(ANN, 1.0, "button", piece))
    (example,) = build(talk.store.lessons, Selection(), now()).examples
    claimed = ClaimedPrompt(1, "lease", "poem", example.theme, "en", {}, 1, length="short")
    assert conversation(FORMS, example.asked) == request_for(claimed, FORMS, (), SPACIOUS).messages
    assert example.theme == "rain (wistful, very short)"


def test_a_comment_and_a_reason_are_kept(talk: Talk) -> None:
    piece = talk.write("a poem about rain")
    vote = Vote(ANN, -1.0, "button", piece)
    talk.inbox.rate(vote)
    talk.inbox.rate(replace(vote, reason="rhyme", comment="limps\x00 in line two "))
    (held,) = talk.store.ratings.of(piece)
    assert (held.value, held.reason, held.comment) == (-1.0, "rhyme", "limps in line two")
