"""Texts laid out as blocks: within Slack's limits, complete, obeyed in nothing."""

import html

import pytest

from bots.messages import Reply
from bots.slack_blocks import buttons, escape, fallback, parts, text_blocks
from tests.fakes.slack_rules import Refusal, check_content, pings, shown_texts

TEXTS = [
    "Rain on\n  the roof\n\nand on me",
    "& < > " * 5000,
    "雨落屋檐，风在说话。" * 2000,
    "🌧️" * 9000,
    "word " * 6000,
    "x" * 20_000,
    "\n\n\n",
    "<!channel> <@U1> <#C1> @here &lt;",
]


def reply(completion_id: int, of: int = 1) -> Reply:
    return Reply(1, completion_id, "Rain", "poem", "base", 7, 1, 5.0, 50.0, of=of)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U1> & co", "&lt;@U1&gt; &amp; co"),
        ("&amp;", "&amp;amp;"),
        ("*rain* _wind_\n`x`", "*rain* _wind_\n`x`"),
    ],
)
def test_what_slack_would_obey_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_part_of_every_text_is_taken_by_slack(text: str) -> None:
    for part in parts(text):
        message = {"text": fallback(part), "blocks": [*text_blocks(part), *buttons(reply(1), "en")]}
        check_content(message)
        assert not pings(message | {"parse": "none"})


@pytest.mark.parametrize("text", TEXTS[:6], ids=range(6))
def test_the_sections_of_all_parts_are_the_text(text: str) -> None:
    shown = [html.unescape(section) for part in parts(text) for section in shown_texts(text_blocks(part))]

    assert "".join(shown).strip() == text.strip()


def test_a_poem_is_one_section_of_one_message() -> None:
    poem = "Rain on the roof\n" * 14

    assert parts(poem) == [poem]
    assert len(text_blocks(poem)) == 1


def test_the_fallback_is_the_text_or_its_beginning() -> None:
    assert fallback("a < b\n") == "a &lt; b"
    assert fallback("a line\n" * 1000).endswith("a line…")
    assert fallback(" ") == "…"


def test_the_buttons_speak_the_readers_language() -> None:
    thumbs, row = buttons(reply(7), "zh-CN")
    [pair] = thumbs["elements"]
    plain = buttons(reply(7), "zh-CN", native=False)[-1]
    labels = [element["text"]["text"] for element in row["elements"]]

    assert labels == ["↻ 再写一篇", "三个版本", "✎ 修改"]
    assert [pair[side]["value"] for side in ("positive_button", "negative_button")] == ["up:7", "down:7"]
    assert [element["action_id"] for element in plain["elements"]][:2] == ["rate_up", "rate_down"]


def test_a_variant_can_be_chosen() -> None:
    assert "choose" in [e["action_id"] for e in buttons(reply(7, of=3), "en")[-1]["elements"]]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({}, "no_text"),
        ({"text": "x" * 4001}, "msg_too_long"),
        ({"blocks": text_blocks("x") * 51}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "invalid_blocks"),
        ({"blocks": text_blocks("x" * 3000) * 5}, "msg_blocks_too_long"),
        ({"blocks": [*buttons(reply(10**2000), "en", native=False)]}, "invalid_blocks"),
    ],
)
def test_the_fake_refuses_what_slack_refuses(content: dict[str, object], refusal: str) -> None:
    with pytest.raises(Refusal, match=refusal):
        check_content(content)
