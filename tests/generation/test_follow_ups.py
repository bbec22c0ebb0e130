"""What is said about a piece, and how it is told from a request for something new: tables of cases."""

import pytest

from generation.follow_ups import (
    FollowUp,
    follows_up,
    form_word,
    language_wanted,
    read_follow_up,
    read_variants,
    speaks_of_a_piece,
    without_lead,
)

AGAIN = ["again", "Again!", "once more", "one more", "another one", "please try again", "do it again", "redo"]
AGAIN += ["another", "something else", "再来一首", "再写一篇吧", "换一个", "重写", "再来一次。"]
CONTINUE = ["continue", "Go on.", "keep going please", "more", "and then?", "what happens next?"]
CONTINUE += ["continue the story", "next verse", "继续", "继续写下去", "接着写吧", "然后呢？", "下一段"]
REVISE = ["shorter", "a bit longer", "sadder", "make it rhyme", "more rain", "less gloomy", "too long"]
REVISE += ["without rhymes", "in Chinese", "change the ending", "it should be funnier", "now make it a haiku"]
REVISE += ["add a dog", "rewrite this for children", "could you make the last line softer?", "as a limerick"]
REVISE += ["短一点", "更悲伤一些", "押韵", "把月亮改成太阳", "换成春天", "不要押韵", "再长一点", "用英文写"]
AGAIN += [
    "do another",
    "another version",
    "let's try again",
    "give me another one",
    "再试一次",
    "来个新的",
    "换一种写法",
]
CONTINUE += ["tell me more", "what's next?", "finish it", "续写", "后面呢？", "再写下去"]
REVISE += [
    "it's too long",
    "can it rhyme?",
    "don't mention the moon",
    "a happier ending",
    "half as long",
    "shorter lines",
]
REVISE += ["短些", "写得更悲伤", "让它押韵", "换个结尾", "少一点形容词", "别写月亮"]
# What begins as a follow-up would, and plainly is a theme.
THEMES = [
    "shorter days",
    "longer nights",
    "older brother",
    "lighter than air",
    "more than a feeling",
    "less is more",
]
THEMES += [
    "again and again the waves",
    "another country",
    "in English gardens",
    "cut flowers",
    "rhyme and reason",
]
THEMES += ["太阳", "太空", "更夫", "别离", "再别康桥", "改革", "把酒问青天", "删除的记忆"]
NEW = ["a haiku about snow", "write a story about a fox", "slogan for tea", "写一首关于雪的诗"]
BARE = ["rain", "the sea at night", "my cat", "winter", "tell me of love", "雨", "雪夜", "the water under it"]


@pytest.mark.parametrize("text", AGAIN)
def test_another_of_the_same(text: str) -> None:
    assert read_follow_up(text) == FollowUp("again")


@pytest.mark.parametrize("text", CONTINUE)
def test_more_of_it(text: str) -> None:
    assert read_follow_up(text) == FollowUp("continue")


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("continue with the storm", "with the storm"),
        ("go on: the fox comes back", "the fox comes back"),
        ("continue until morning", "until morning"),
        ("继续，写到天亮", "写到天亮"),
    ],
)
def test_more_of_it_in_a_certain_way(text: str, how: str) -> None:
    assert read_follow_up(text) == FollowUp("continue", how)


@pytest.mark.parametrize(
    "text", [*REVISE, *BARE, "again, but shorter", "once more with feeling", "more rain"]
)
def test_anything_else_is_an_instruction(text: str) -> None:
    assert read_follow_up(text) == FollowUp("revise", text.strip("."))


@pytest.mark.parametrize("text", [*AGAIN, *CONTINUE, *REVISE])
def test_what_makes_sense_only_after_a_piece_is_a_follow_up_wherever_it_is_said(text: str) -> None:
    assert speaks_of_a_piece(text)
    assert follows_up(text, answers=False, names_form_and_theme=False)


@pytest.mark.parametrize("text", THEMES)
def test_a_theme_that_begins_like_a_follow_up_is_a_theme(text: str) -> None:
    assert not follows_up(text, answers=False, names_form_and_theme=False)


def test_a_long_gap_is_read_at_once() -> None:
    assert read_variants("a" + " " * 100_000 + "b")[0] == 1


@pytest.mark.parametrize("text", NEW)
def test_a_form_with_a_theme_is_a_new_request_even_as_an_answer(text: str) -> None:
    assert not follows_up(text, answers=True, names_form_and_theme=True)


@pytest.mark.parametrize("text", BARE)
def test_a_bare_theme_follows_up_only_as_an_answer(text: str) -> None:
    assert follows_up(text, answers=True, names_form_and_theme=False)
    assert not follows_up(text, answers=False, names_form_and_theme=False)


@pytest.mark.parametrize("text", ["make it a sonnet about snow", "turn this into a story of two cats"])
def test_what_is_to_become_of_this_piece_is_no_new_request(text: str) -> None:
    assert follows_up(text, answers=False, names_form_and_theme=True)


@pytest.mark.parametrize(
    ("text", "count", "rest"),
    [
        ("3 variants", 3, ""),
        ("three variants of that", 3, ""),
        ("Give me two versions of it, please.", 2, ""),
        ("three different versions", 3, ""),
        ("a few variations", 3, ""),
        ("three shorter versions", 3, "shorter"),
        ("3 variants of a haiku about snow", 3, "a haiku about snow"),
        ("write two versions of a slogan for tea", 2, "a slogan for tea"),
        ("a haiku about snow, 3 variants", 3, "a haiku about snow"),
        ("a haiku about snow in three versions", 3, "a haiku about snow"),
        ("99 variants", 99, ""),
        ("三个版本", 3, ""),
        ("写两个不同的版本", 2, ""),
        ("三个版本：一首关于雪的诗", 3, "一首关于雪的诗"),
        ("一首关于雪的诗，三个版本", 3, "一首关于雪的诗"),
        ("a poem about three versions", 1, "a poem about three versions"),
        ("two kites", 1, "two kites"),
        ("三只猫", 1, "三只猫"),
    ],
)
def test_variants_are_counted(text: str, count: int, rest: str) -> None:
    assert read_variants(text) == (count, rest)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("now a haiku about snow", "a haiku about snow"),
        ("ok, now another haiku about snow", "haiku about snow"),
        ("another story of two cats", "story of two cats"),
        ("再写一首关于雪的诗", "写一首关于雪的诗"),
        ("再来一首关于雪的诗", "一首关于雪的诗"),
        ("no man is an island", "no man is an island"),
        ("a haiku about now", "a haiku about now"),
    ],
)
def test_what_leads_over_to_a_request_is_no_part_of_it(text: str, request_: str) -> None:
    assert without_lead(text) == request_


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("make it a sonnet", "sonnet"),
        ("as a haiku, please", "haiku"),
        ("turn this into free verse", "free verse"),
        ("a limerick", "limerick"),
        ("改成俳句", "俳句"),
        ("把它改成一首绝句", "绝句"),
        ("make the last line rhyme with snow and ice", None),
    ],
)
def test_the_form_to_change_into(text: str, word: str | None) -> None:
    assert form_word(text) == word


@pytest.mark.parametrize(
    ("text", "language"),
    [("in Chinese", "zh"), ("translate it into English", "en"), ("用英文写", "en"), ("in china", None)],
)
def test_the_language_to_change_into(text: str, language: str | None) -> None:
    assert language_wanted(text) == language
