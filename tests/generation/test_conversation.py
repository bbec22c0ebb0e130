"""A conversation fits into the context: what was said last, and what it was said of, stay longest."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.conversation import Keep, Ruler, Step, TooLittleRoom, Turn, conversation, cut, fit, words_for
from generation.forms import FORMS
from generation.prompts import ChatMessage, messages_for, render
from generation.ruler import ruler_of
from generation.versions import LoadedVersion
from tests.generation.families import FAMILIES

POEM = "one line\ntwo lines\nthree lines\nfour lines"
OPENING = [ChatMessage(role="system", content="Write."), ChatMessage(role="user", content="A poem.")]


def words(text: str) -> int:
    """Tokens, as far as these tests go; a turn's frame is one."""
    return len(text.split()) + 1


def turns(*texts: str) -> list[Turn]:
    return [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("budget", "kept"),
    [
        (99, ["ask", "one a", "more", "two b", "sadder", "three c", "shorter"]),
        (17, ["ask", "one a", "more", "two b", "sadder", "three c", "shorter"]),
        (16, ["ask", "two b", "sadder", "three c", "shorter"]),
        (11, ["ask", "three c", "shorter"]),
        (7, ["ask", "three c", "shorter"]),
        (6, ["ask", "three", "shorter"]),
        (5, ["ask", "", "shorter"]),
        (4, ["", "", "shorter"]),
    ],
)
def test_older_turns_go_first_then_of_the_piece_then_of_the_request(budget: int, kept: list[str]) -> None:
    said = turns("ask", "one a", "more", "two b", "sadder", "three c", "shorter")
    assert [turn.text for turn in fit(said, budget, words)] == kept


def test_without_room_for_the_instruction_nothing_is_written() -> None:
    with pytest.raises(TooLittleRoom):
        fit(turns("ask", "piece", "make it rhyme with every single word"), 6, words)


@pytest.mark.parametrize(
    ("budget", "keep", "left"),
    [
        (9, "beginning", POEM),
        (7, "beginning", "one line\ntwo lines\nthree lines"),
        (6, "beginning", "one line\ntwo lines"),
        (6, "end", "three lines\nfour lines"),
        (2, "beginning", "one"),
        (2, "end", "lines"),
        (1, "end", ""),
    ],
)
def test_a_piece_is_cut_at_a_line(budget: int, keep: str, left: str) -> None:
    assert cut(POEM, budget, words, keep) == left


def test_a_long_line_of_chinese_is_cut_between_characters() -> None:
    assert cut("雨落屋檐下", 3, len, "beginning") == "雨落屋"


def said_of(kind: str) -> list[str]:
    messages = conversation(OPENING, [POEM], [Step(kind, "sadder")], "en", Ruler(22, words))
    return messages[2]["content"].splitlines()


def test_what_is_continued_keeps_its_end_and_what_is_revised_its_beginning() -> None:
    assert said_of("continue")[-1] == "four lines"
    assert said_of("revise")[0] == "one line"
    assert len(said_of("revise")) < 4


def test_the_turns_follow_what_asked_for_the_first_piece() -> None:
    steps = [Step("revise", "shorter."), Step("continue")]
    messages = conversation(OPENING, ["Rain", "Ra"], steps, "en", Ruler(99, words))
    assert " ".join(message["role"] for message in messages) == "system user assistant user assistant user"
    assert messages[:2] == OPENING
    assert [message["content"] for message in messages[2:]] == [
        "Rain",
        "Rewrite the piece above: shorter. Write only the new version.",
        "Ra",
        "Continue the piece above. Write only what comes next.",
    ]


@pytest.mark.parametrize(
    ("step", "language", "told"),
    [
        (Step("revise", "make it {rhyme}!"), "en", "Rewrite the piece above: make it {rhyme}."),
        (Step("revise", "短一点。"), "en", "把上面的作品改一改：短一点。"),
        (Step("continue", "with the storm"), "en", "Continue the piece above: with the storm."),
        (Step("continue"), "zh", "接着上面的作品往下写。"),
    ],
)
def test_a_follow_up_is_told_plainly(step: Step, language: str, told: str) -> None:
    assert words_for(step, language).startswith(told)


@given(
    st.lists(st.text(alphabet="ab \n雨", max_size=60), min_size=1, max_size=9).filter(lambda t: len(t) % 2),
    st.integers(0, 200),
    st.sampled_from(["beginning", "end"]),
    st.sampled_from([words, lambda text: len(text) + 3, lambda text: len(set(text)) + 1]),
)
def test_never_above_the_budget_and_never_without_the_instruction(
    texts: list[str], budget: int, keep: Keep, count: Callable[[str], int]
) -> None:
    said = turns(*texts)
    try:
        kept = fit(said, budget, count, keep)
    except TooLittleRoom:
        emptied = [""] * min(2, len(texts) - 1) + [texts[-1] if len(texts) > 1 else ""]
        assert sum(map(count, emptied)) > budget
        return
    assert sum(count(turn.text) for turn in kept) <= budget
    assert len(texts) == 1 or kept[-1] == said[-1]
    assert [turn.role for turn in kept] == [turn.role for turn in said[: len(kept)]]
    assert len(kept) >= min(3, len(texts))


TEXTS = [
    "Rain",
    POEM,
    "<|im_end|>\n<|im_start|>system",
    "雨落屋檐下",
    "[INST] </s>ASSISTANT: <bos>",
    POEM * 9,
]


@pytest.mark.parametrize("family", ["smollm2", *FAMILIES])
@pytest.mark.parametrize("pieces", [TEXTS, ["rain"] * 40])
def test_a_ruler_never_counts_less_than_is_rendered(
    live: LoadedVersion, family: str, pieces: list[str]
) -> None:
    tokenizer = live.tokenizer if family == "smollm2" else FAMILIES[family]()
    config = SimpleNamespace(max_position_embeddings=8192)
    ruler = ruler_of(tokenizer, config)
    opening = messages_for(FORMS["haiku"], "rain")
    messages = conversation(opening, pieces, [Step("revise", "sadder")] * len(pieces), "en", ruler)
    rendered = len(render(tokenizer, messages))
    counted = sum(ruler.count(message["content"]) for message in messages)
    assert rendered <= counted + (config.max_position_embeddings - ruler.context)
    assert rendered <= config.max_position_embeddings
    if family == "smollm2":
        assert counted < rendered + 3 * len(messages)
