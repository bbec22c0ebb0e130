"""What a reader wants, by what was said, where, by whom, and of which piece: the inbox over real rows."""

from dataclasses import replace

import pytest

from bots.messages import Accepted, Incoming, MessageRef, Place, Reader, Refused
from feedback.conversation import WaitingLimits
from feedback.records import ClaimedPrompt, NewCompletion, NewVersion
from feedback.store import Store
from generation.forms import FORMS
from generation.sampling import Sampling
from generation.screening import Screen
from worker.inbox import SqlInbox

VERSION = NewVersion("base", "a" * 64, "base", None, "tiny", "b" * 64, "c" * 64, "d" * 64, "candidate")
THREAD, CHAT = Place("slack", "T", "C", "5.1"), Place("slack", "T", "C")
ANN, BEN = Reader("slack", "T", "ann"), Reader("slack", "T", "ben")
LIMITS = WaitingLimits(in_all=3, per_reader=2)


class Talk:
    """An inbox whose prompts the test writes itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.store.versions.add(VERSION)
        self.inbox = self.inbox_with(Sampling())
        self.count = 0

    def inbox_with(self, sampling: Sampling) -> SqlInbox:
        return SqlInbox(
            self.store, lambda _: True, lambda _: None, max_prompt_chars=200, sampling=sampling,
            forms=FORMS, screen=Screen(blocked=["Voldemort"]), limits=LIMITS, at_once=1,
        )  # fmt: skip

    def ask(self, text: str, by: Reader = ANN, place: Place = THREAD, **how: object) -> Accepted:
        self.count += 1
        return self.inbox.ask(Incoming(f"{self.count}", place, by, text, **how))  # type: ignore[arg-type]

    def write(self, text: str, by: Reader = ANN, place: Place = THREAD, **how: object) -> int:
        """Ask, and have it written; the completion's id."""
        prompt_id = self.ask(text, by, place, **how).prompt_id
        claimed = self.store.prompts.claim(prompt_id, 60, 3)
        assert claimed is not None
        new = NewCompletion("base", 1, f"piece {prompt_id}", 9, 9, 1.0, 30_000.0, "stop")
        answer = self.store.prompts.finish(prompt_id, claimed.lease, new)
        chat, message = place.chat, f"m{prompt_id}"
        self.store.messages.sent(prompt_id, place.platform, chat, message, 0, answer.completion_id, last=True)
        return answer.completion_id

    def asked(self, text: str, by: Reader = ANN, place: Place = THREAD, **how: object) -> ClaimedPrompt:
        """What the writer gets to see."""
        claimed = self.store.prompts.claim(self.ask(text, by, place, **how).prompt_id, 60, 3)
        assert claimed is not None
        return claimed


@pytest.fixture
def talk(store: Store) -> Talk:
    return Talk(store)


@pytest.mark.parametrize(
    ("text", "form", "kind", "instruction", "variants"),
    [
        ("shorter", "haiku", "revise", "shorter", 1),
        ("with a fox in it", "haiku", "revise", "with a fox in it", 1),
        ("make it a sonnet", "sonnet", "revise", "make it a sonnet", 1),
        ("continue", "haiku", "continue", "", 1),
        ("再来一首", "haiku", "again", "", 1),
        ("three variants of that", "haiku", "again", "", 3),
        ("two sadder versions", "haiku", "revise", "sadder", 2),
        ("99 variants", "haiku", "again", "", 5),
    ],
)
def test_an_answer_to_a_piece_is_about_it(
    talk: Talk, text: str, form: str, kind: str, instruction: str, variants: int
) -> None:
    piece = talk.write("a haiku about rain")
    got = talk.asked(text, follow_up_of=MessageRef("slack", "C", "m1"))
    assert (got.form, got.theme, got.kind, got.instruction) == (form, "rain", kind, instruction)
    assert (got.variants, got.parent_completion_id) == (variants, piece)


@pytest.mark.parametrize(
    ("text", "form", "theme", "variants"),
    [
        ("a slogan for tea", "slogan", "tea", 1),
        ("now another story about a fox", "story", "a fox", 1),
        ("3 variants of a story about a fox", "story", "a fox", 3),
        ("写一首关于雪的诗", "poem", "雪", 1),
    ],
)
def test_a_form_with_a_theme_is_a_new_request_even_as_an_answer(
    talk: Talk, text: str, form: str, theme: str, variants: int
) -> None:
    talk.write("a haiku about rain")
    got = talk.asked(text, follow_up_of=THREAD)
    assert (got.form, got.theme, got.kind, got.variants) == (form, theme, "new", variants)
    assert got.parent_completion_id is None


@pytest.mark.parametrize(("text", "kind"), [("snow", "new"), ("shorter", "revise"), ("continue", "continue")])
def test_what_merely_comes_next_must_sound_like_an_instruction(talk: Talk, text: str, kind: str) -> None:
    piece = talk.write("a haiku about rain")
    assert talk.asked(text, follow_up_of=piece, answers=False).kind == kind


def test_again_of_a_follow_up_is_the_same_follow_up_of_the_same_piece(talk: Talk) -> None:
    first = talk.write("a haiku about rain")
    second = talk.write("sadder", follow_up_of=first)
    for got in (talk.asked("", again_of=second), talk.asked("again", follow_up_of=second)):
        assert (got.kind, got.instruction, got.parent_completion_id) == ("revise", "sadder", first)


def test_in_a_thread_everybody_goes_on_with_their_own_piece(talk: Talk) -> None:
    mine, theirs = talk.write("a haiku about rain"), talk.write("a haiku about snow", BEN)
    assert talk.asked("shorter", ANN, follow_up_of=THREAD).parent_completion_id == mine
    assert talk.asked("shorter", BEN, follow_up_of=THREAD).parent_completion_id == theirs


def test_in_a_thread_without_one_of_their_own_a_reader_answers_that_of_another(talk: Talk) -> None:
    piece = talk.write("a haiku about rain")
    got = talk.asked("shorter", BEN, follow_up_of=THREAD)
    assert got.parent_completion_id == piece
    recent = talk.store.statistics.recent("slack", "T", "ann", 9)
    assert [answer.completion_id for answer, _ in recent] == [piece]


@pytest.mark.parametrize("text", ["again", "three variants of that", "再来一首"])
def test_in_a_thread_nobody_has_the_request_of_another_written_again(talk: Talk, text: str) -> None:
    talk.write("a haiku about rain")
    piece = talk.write("a haiku about fog", ANN, CHAT)
    for thread in ("5.1", "m2"):
        here = replace(THREAD, thread=thread)
        with pytest.raises(Refused, match="nothing-of-yours"):
            talk.ask(text, BEN, here, follow_up_of=here)
    below = replace(THREAD, thread="m2")
    assert talk.asked(text, ANN, below, follow_up_of=below).parent_completion_id == piece


@pytest.mark.parametrize(("text", "variants"), [("again", 1), ("three variants of that", 3), ("再来一首", 1)])
def test_who_answers_the_piece_of_another_in_the_same_chat_means_that_piece(
    talk: Talk, text: str, variants: int
) -> None:
    talk.write("a haiku about snow", BEN, CHAT)
    piece = talk.write("a haiku about rain", ANN, CHAT)
    got = talk.asked(text, BEN, CHAT, follow_up_of=MessageRef("slack", "C", "m2"))
    assert (got.theme, got.variants, got.parent_completion_id) == ("rain", variants, piece)


def test_a_piece_is_written_again_with_the_sampling_that_it_was_written_with(talk: Talk) -> None:
    piece = talk.write("a haiku about rain")
    before = talk.store.conversations.origin(piece).sampling
    talk.inbox = talk.inbox_with(Sampling(temperature=0.3, top_p=0.5))
    assert talk.asked("", again_of=piece).sampling == before
    assert talk.asked("a haiku about snow").sampling != before


def test_outside_a_thread_nobody_goes_on_with_the_piece_of_another(talk: Talk) -> None:
    talk.write("a haiku about rain", ANN, CHAT)
    with pytest.raises(Refused, match="nothing-to-follow"):
        talk.ask("again", BEN, CHAT, follow_up_of=CHAT, answers=False)
    got = talk.asked("snow", BEN, CHAT, follow_up_of=CHAT, answers=False)
    assert (got.theme, got.kind, got.parent_completion_id) == ("snow", "new", None)


def test_a_thread_that_was_opened_below_a_piece_is_about_it(talk: Talk) -> None:
    piece = talk.write("a haiku about rain", ANN, CHAT)
    below = replace(THREAD, thread="m1")
    assert talk.asked("shorter", BEN, below, follow_up_of=below).parent_completion_id == piece


def test_a_piece_of_another_place_is_nobodys_to_follow(talk: Talk) -> None:
    piece = talk.write("a haiku about rain")
    elsewhere = replace(THREAD, chat="D")
    for how in ({"follow_up_of": piece}, {"again_of": piece}, {"follow_up_of": 999}):
        with pytest.raises(Refused, match="unknown-completion"):
            talk.ask("shorter", ANN, elsewhere, **how)


def test_an_answer_to_what_is_still_being_written_waits_unless_it_is_a_request(talk: Talk) -> None:
    waiting = talk.ask("a haiku about rain").prompt_id
    talk.store.messages.sent(waiting, "slack", "C", "m9", 0, None, last=False)
    placeholder = MessageRef("slack", "C", "m9")
    with pytest.raises(Refused, match="nothing-to-follow"):
        talk.ask("shorter", follow_up_of=placeholder)
    assert talk.asked("the last snow of spring", follow_up_of=placeholder).kind == "new"


def test_an_instruction_is_cleaned_and_measured_like_a_request(talk: Talk) -> None:
    piece = talk.write("a haiku about rain")
    assert talk.asked("sad\u200b\x07der", follow_up_of=piece).instruction == "sadder"
    with pytest.raises(Refused, match="prompt-too-long"):
        talk.ask("make it " + "very " * 99 + "sad", follow_up_of=piece)


def test_who_asks_too_much_is_told_and_nothing_is_kept(talk: Talk) -> None:
    talk.ask("rain"), talk.ask("snow")
    with pytest.raises(Refused, match="too-many-waiting") as refused:
        talk.ask("hail")
    assert refused.value.facts == {"waiting": 2}
    assert talk.store.prompts.waiting() == 2


def test_a_full_queue_says_when_to_come_back_and_takes_the_retry_later(talk: Talk) -> None:
    talk.write("a haiku about rain")  # It took 30 seconds.
    first = talk.ask("rain").prompt_id
    talk.ask("snow"), talk.ask("hail", BEN)
    late = Incoming("late", CHAT, Reader("slack", "T", "cy"), "fog")
    with pytest.raises(Refused, match="busy") as refused:
        talk.inbox.ask(late)
    assert refused.value.facts == {"minutes": 2}
    talk.store.prompts.claim(first, 60, 3)
    assert talk.inbox.ask(late).new


def test_a_place_in_line_counts_from_what_can_be_written_at_once(talk: Talk) -> None:
    assert [talk.ask(text, by).place for text, by in (("a", ANN), ("b", BEN), ("c", BEN))] == [0, 1, 2]
    talk.store.prompts.cancel(1, "slack", "T", "ann")
    assert talk.ask("d", ANN).place == 2
