"""The conversation in a terminal: ask, read, rate, ask again."""

import asyncio
import io
import json

import pytest

from bots.messages import Accepted, Incoming, Refused, Reply
from bots.terminal import NotWritten, Terminal, as_json, printable, rate, reader_named
from tests.fakes.inbox import MemoryInbox

ANN = reader_named("ann")


class Screen(io.StringIO):
    """A terminal, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


class PromptInbox(MemoryInbox):
    """Everything asked is written at once."""

    def ask(self, incoming: Incoming) -> Accepted:
        accepted = super().ask(incoming)
        if accepted.new:
            self.finish(accepted.prompt_id, f"Rain on the roof\nno. {accepted.prompt_id}")
        return accepted


@pytest.fixture
def prompt_inbox() -> PromptInbox:
    return PromptInbox()


async def test_a_conversation_asks_rates_and_asks_again(prompt_inbox: PromptInbox) -> None:
    screen = Screen()
    await Terminal(prompt_inbox, prompt_inbox, ANN, screen).converse(
        io.StringIO("a poem about rain\n+\nagain\n-\n\n")
    )
    assert "Rain on the roof\nno. 1" in screen.getvalue()
    assert "no. 2" in screen.getvalue()
    assert [vote.value for vote in prompt_inbox.votes] == [1.0, -1.0]
    assert prompt_inbox.prompts[2].incoming.again_of == 1001
    assert all(prompt.closed == "delivered" for prompt in prompt_inbox.prompts.values())


async def test_the_next_line_may_be_about_the_piece_before_it(prompt_inbox: PromptInbox) -> None:
    lines = io.StringIO("a poem about rain\nshorter\ncontinue\n")
    await Terminal(prompt_inbox, prompt_inbox, ANN, Screen()).converse(lines)
    asked = [prompt.incoming for prompt in prompt_inbox.prompts.values()]
    assert [(a.text, a.follow_up_of, a.answers) for a in asked] == [
        ("a poem about rain", None, False),
        ("shorter", 1001, False),
        ("continue", 1002, False),
    ]


class VariantsInbox(PromptInbox):
    """Writes as many variants as are asked for."""

    def finish(self, prompt_id: int, text: str, mark: str = "") -> Reply:
        count = self.prompts[prompt_id].incoming.variants
        if count == 1:
            return super().finish(prompt_id, text, mark)
        texts = [f"Variant {number}" for number in range(1, count + 1)]
        return self.finish_variants(prompt_id, *texts).replies[0]


async def test_variants_are_shown_rated_and_one_is_chosen_and_followed_up() -> None:
    inbox, screen = VariantsInbox(), Screen()
    lines = io.StringIO("/variants 2 a poem about rain\n+2\n1\n-\nshorter\n/variants\n9\n+9\n")
    await Terminal(inbox, inbox, ANN, screen).converse(lines)
    assert "Variant 1\n  — 1/2" in screen.getvalue()
    assert "Variant 2\n  — 2/2" in screen.getvalue()
    assert [(vote.target, vote.value) for vote in inbox.votes] == [(1012, 1.0), (1011, -1.0)]
    assert inbox.preferences == [(ANN, 1011)]
    assert inbox.prompts[2].incoming.follow_up_of == 1011
    assert (inbox.prompts[3].incoming.again_of, inbox.prompts[3].incoming.variants) == (1002, 3)
    assert screen.getvalue().count("I no longer know that piece") == 2
    messages = [(sent.ref.message, sent.completion_id, sent.last) for sent in inbox.prompts[1].sent]
    assert messages == [("1.1", 1011, False), ("1.2", 1012, True)]


async def test_a_refused_request_is_one_sentence_and_the_conversation_goes_on(
    prompt_inbox: PromptInbox,
) -> None:
    screen = Screen()
    prompt_inbox.refusal = Refused("unknown-form", form="novel", forms="poem")
    await Terminal(prompt_inbox, prompt_inbox, ANN, screen).converse(io.StringIO("a novel about rain\n"))
    assert "I do not know the form “novel”." in screen.getvalue()


async def test_the_same_key_is_the_same_prompt_for_one_reader_only(prompt_inbox: PromptInbox) -> None:
    for reader in (ANN, ANN, reader_named("bob")):
        await Terminal(prompt_inbox, prompt_inbox, reader, io.StringIO()).ask("rain", key="k")
    assert (len(prompt_inbox.prompts), prompt_inbox.duplicates) == (2, 1)


async def test_live_text_is_shown_as_it_grows(inbox: MemoryInbox) -> None:
    screen = Screen()
    asking = asyncio.create_task(Terminal(inbox, inbox, ANN, screen).ask("rain"))
    await inbox.asked()
    await inbox.followed(1)
    for text in ("Rain", "Rain on", "Rain on"):
        inbox.write(1, text)
    inbox.finish(1, "Rain on the roof")
    await asking
    assert screen.getvalue() == "Rain on the roof\n"


async def test_the_line_under_a_piece_tells_form_mark_version_and_number(inbox: MemoryInbox) -> None:
    screen = Screen()
    talking = asyncio.create_task(Terminal(inbox, inbox, ANN, screen).converse(io.StringIO("rain\n")))
    await inbox.asked()
    inbox.finish(1, "Rain", "5-7-5 ✓")
    await talking
    assert "  — poem · 5-7-5 ✓ · base · no. 1001\n" in screen.getvalue()


async def test_a_text_that_failed_is_said_with_its_number(inbox: MemoryInbox) -> None:
    asking = asyncio.create_task(Terminal(inbox, inbox, ANN, io.StringIO()).ask("rain"))
    await inbox.asked()
    inbox.fail(1, "writing-failed")
    with pytest.raises(NotWritten, match=r"ask again\. \(No\. 1\)"):
        await asking


def test_escape_sequences_never_reach_the_terminal() -> None:
    assert printable("rain\x1b[2J\x07\n\tsnow") == "rain[2J\n\tsnow"


def test_the_object_for_scripts_has_what_scripts_need() -> None:
    reply = Reply(1, 2, "“Rain”", "poem", "v0001", 3, 4, 5.0, 6.0)
    shown = {
        "prompt_id": 1, "completion_id": 2, "text": "“Rain”", "form": "poem", "model_version": "v0001",
        "seed": 3, "tokens": 4, "ttft_ms": 5.0, "total_ms": 6.0, "mark": "",
    }  # fmt: skip
    assert json.loads(as_json([reply])) == shown
    assert json.loads(as_json([reply, reply])) == {"prompt_id": 1, "variants": [shown, shown]}


async def test_a_rating_of_an_unknown_piece_is_one_sentence(inbox: MemoryInbox) -> None:
    with pytest.raises(NotWritten, match="no longer know"):
        rate(inbox, ANN, 7, 1.0)
