"""What the checks of the forms say of real poems, of broken ones, and of anything at all."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.checks import check
from generation.checks.free_rhyme import scheme_heard
from generation.checks.rhyme import likeness
from generation.forms import FORMS
from tests.generation import poems

LEAR, SONNET, TOWER = poems.OLD_MAN_WITH_A_BEARD, poems.SONNET_130, poems.STORKS_TOWER
HAIKU = "Snow fills up the ruts.\nOne crow walks ahead of me,\nsure of where it goes."
QUEST = "Title: The Bell\nGoal: Bring it home.\nSteps:\n1. Find it.\n2. Carry it.\nReward: A horn."
DIALOGUE = "Ann: Rain?\nBen: Rain.\nAnn: Again?\nBen: It never stopped."
SONG = "[C]Rain on the [G]roof\n[Am]Rain on the door\nF  G/B  C\nand rain on me\n| Dm7 | Bbmaj7 |\nall day"
KEPT = [
    ("sonnet", "en", SONNET, "ABABCDCDEFEFGG ✓"),
    ("sonnet", "en", poems.SONNET_18, "ABABCDCDEFEFGG ✓"),  # "temperate" with "date".
    ("sonnet", "en", poems.SONNET_26, "ABABCDCDEFEFGG ✓"),  # "show it" with "bestow it".
    ("sonnet", "en", poems.OZYMANDIAS, "ABABACDCEDEFEF ✓"),
    ("quatrain", "en", poems.TYGER, "AABB ✓"),  # "eye" with "symmetry".
    ("limerick", "en", poems.RYDE, "AABBA ✓"),  # A name that no dictionary has.
    ("limerick", "en", LEAR, "AABBA ✓"),
    ("couplet", "en", poems.ROBIN, "AA ✓"),
    ("haiku", "en", HAIKU, "5-7-5 ✓"),
    ("haiku", "zh", "雨落在屋檐\n一只猫听着夜声\n灯火慢慢暗", "5-7-5 ✓"),
    ("wujue", "zh", TOWER, "4 × 5 字 ✓ · 押韵 ✓ · 平仄 ✓"),
    ("wujue", "zh", poems.JINGTING, "4 × 5 字 ✓ · 押韵 ✓ · 平仄 ✓"),
    ("wujue", "zh", poems.RED_BEANS, "4 × 5 字 ✓ · 押韵 ✓ · 平仄 ✓"),
    ("wujue", "zh", poems.TRADITIONAL_TOWER, "4 × 5 字 ✓ · 押韵 ✓ · 平仄 ✓"),
    ("qijue", "zh", poems.WEI_CITY, "4 × 7 字 ✓ · 押韵 ✓ · 平仄 ✓"),  # Its halves begin alike.
    ("qijue", "zh", poems.FRONTIER, "4 × 7 字 ✓ · 押韵 ✓ · 平仄 ✓"),
    ("qijue", "zh", poems.MOUNT_LU, "4 × 7 字 ✓ · 押韵 ✓ · 平仄 ✓"),
    ("duilian", "zh", poems.BOOKS, "7 + 7 字 ✓"),
    ("duilian", "zh", poems.NEW_YEAR, "7 + 7 字 ✓"),
    ("duilian", "zh", poems.DONGLIN, "11 + 11 字 ✓"),
    ("duilian", "zh", "上联：海内存知己\n下联：天涯若比邻\n横批：友谊长存", "5 + 5 字 ✓"),
    ("quatrain", "zh", "春风吹过小河边\n柳树弯腰看水面\n一只白鹭飞上天\n带走一朵云的脸", "ABAB ✓"),
    ("quest", "en", QUEST, "4/4 ✓"),
    ("quest", "en", "**Title:** The Bell\n## Goal\nFind it.\n**Steps**: Go.\nReward – gold", "4/4 ✓"),
    ("quest", "zh", "标题：钟\n目标：找到它。\n步骤：\n1. 去。\n奖励：银号角。", "4/4 ✓"),
    ("dialogue", "en", DIALOGUE, "2 × 💬 ✓"),
    ("dialogue", "zh", "小王：下雨了？\n小李：是啊。\n小王：又下？\n小李：没停过。", "2 × 💬 ✓"),
    ("chord_sheet", "en", SONG, "♪ × 4 ✓"),
    ("chord_sheet", "en", "[C6/9]a\n[Dm(maj7)]b\n[E7#9]c\n[F#m7b5]d\n[Bb/D]e", "♪ × 5 ✓"),
    ("slogan", "en", "Fresh bread, fresh day.", "1 lines ✓"),
    ("poem", "en", "Rain\non\nme", ""),
    ("story", "zh", "雨" * 80, ""),
    ("headline", "zh", "小镇面包店一夜成名", "1 行 ✓"),
]


@pytest.mark.parametrize(("form", "language", "text", "mark"), KEPT)
def test_a_text_that_keeps_the_rules_has_the_full_score_and_a_mark(
    form: str, language: str, text: str, mark: str
) -> None:
    checked = check(FORMS[form], text, language)
    assert (checked.score, checked.reasons, checked.mark) == (1.0, (), mark)


ODD = ["day", "sun", "way", "run", "stay", "night", "light"]


@pytest.mark.parametrize(
    ("ends", "sounds", "scheme"),
    [
        (ODD, 7, "ABABACC"),
        (ODD, 2, None),
        ([*ODD[:-1], "orange"], 7, None),  # One is left alone.
        ([*ODD[:-1], "home"], 7, None),  # Or rhymes by half at best.
        (["day", "day"], 7, None),
        ([], 7, ""),
    ],
)
def test_a_poem_may_rhyme_in_an_order_of_its_own(ends: list[str], sounds: int, scheme: str | None) -> None:
    assert scheme_heard(ends, likeness, sounds) == scheme


OLD_STYLE = [poems.QUIET_NIGHT, poems.SPRING_MORNING, poems.RIVER_SNOW, poems.COMING_HOME]


@pytest.mark.parametrize("text", OLD_STYLE)
def test_the_liberties_of_great_poets_cost_little(text: str) -> None:
    form = "qijue" if len(text) > 30 else "wujue"
    assert 0.7 <= check(FORMS[form], text, "zh").score < 1


def without_line(text: str, number: int) -> str:
    lines = text.splitlines()
    return "\n".join(lines[: number - 1] + lines[number:])


@pytest.mark.parametrize(
    ("form", "language", "broken", "reason"),
    [
        ("sonnet", "en", without_line(SONNET, 3), "13 lines, wanted 14"),
        ("sonnet", "en", SONNET.replace("rare", "high"), "line 13: no rhyme with line 14"),
        ("sonnet", "en", SONNET.replace("the sun", "the big and yellow sun"), "line 1: 14 syllables"),
        ("limerick", "en", without_line(LEAR, 4), "4 lines, wanted 5"),
        ("limerick", "en", LEAR.replace("Wren", "Duck"), "line 4: no rhyme with line 3"),
        ("limerick", "en", LEAR.replace("feared", "thought"), "line 2: no rhyme"),
        ("couplet", "en", "The rain\nThe rain", "line 1: the same word, no rhyme with line 2"),
        ("couplet", "en", "A house of stone\nis not a home", "line 1: half a rhyme with line 2"),
        ("haiku", "en", "Snow fills all the ruts.\nOne crow walks", "2 lines, wanted 3"),
        ("haiku", "en", HAIKU.replace("One", "One black"), "line 2: 8 syllables, wanted 7"),
        ("wujue", "zh", "白日依山尽，黄河入海流。欲穷千里目。", "3 lines, wanted 4"),
        ("wujue", "zh", TOWER.replace("一层楼", "一层台"), "line 2: no rhyme with line 4"),
        ("wujue", "zh", TOWER.replace("黄河", "大江河"), "line 2: 6 characters, wanted 5"),
        ("wujue", "zh", TOWER.replace("黄河", "黄鹤"), "line 2: tones"),
        ("wujue", "zh", TOWER.replace("白日", "red白日"), "line 1: letters beside"),
        ("wujue", "zh", TOWER.replace("流", "东").replace("楼", "冬"), "line 2: a rhyme of neighbouring"),
        ("wujue", "zh", TOWER.replace("流", "斤").replace("楼", "今"), "line 2: a rhyme of today only"),
        ("wujue", "zh", TOWER.replace("黄河入海流", "白日依山尽"), "line 2: the same as line 1"),
        ("qijue", "zh", TOWER, "line 1: 5 characters, wanted 7"),
        ("duilian", "zh", "书山有路勤为径\n学海无涯作舟", "7 and 6 characters"),
        ("duilian", "zh", "书山有路勤为径\n学山无涯苦作舟", "1 characters in both lines"),
        ("duilian", "zh", "学海无涯苦作舟\n书山有路勤为径", "line 1: does not end in 仄"),
        ("duilian", "zh", "书山有路勤为径", "1 lines, wanted 2"),
        ("duilian", "zh", "书路有山勤道径\n学海无涯苦作舟", "tones alike"),
        ("quest", "en", QUEST.replace("Reward: A horn.", ""), "no reward"),
        ("quest", "en", QUEST.replace("A horn.", ""), "reward: nothing follows"),
        ("dialogue", "en", DIALOGUE.replace("Ben:", "Ann:"), "1 speakers, wanted at least 2"),
        ("dialogue", "en", "She said that it rained.", "0 turns, wanted at least 4"),
        ("chord_sheet", "en", "Rain on the roof\nA day of rain\nand rain\non me", "0 lines with chords"),
        ("slogan", "en", "One.\nTwo.", "2 lines, wanted 1"),
        ("slogan", "en", "bread " * 11, "11 words, wanted 2 to 10"),
        ("headline", "zh", "雨" * 31, "31 characters, wanted 4 to 30"),
        ("lyrics", "en", "la\n" * 8, "1 stanzas, wanted 2 to 8"),
        ("story", "en", "Too short.", "2 words, wanted 60 to 400"),
        ("poem", "en", "x" * 91 + "\na\nb", "line 1: 91 characters, wanted at most 90"),
        ("poem", "en", " \n ", "no text"),
        ("haiku", "en", "Snow fills the ruts.\nOne\nsnow fills the ruts!", "line 3: the same as line 1"),
    ],
)  # fmt: skip
def test_a_broken_text_scores_less_and_the_reason_says_why(
    form: str, language: str, broken: str, reason: str
) -> None:
    checked = check(FORMS[form], broken, language)
    assert checked.score < 1
    assert any(said.startswith(reason) for said in checked.reasons), checked.reasons


@pytest.mark.parametrize(
    ("form", "better", "worse"),
    [
        ("haiku", "old pond\na frog leaps in\nwater's sound", "old pond\na frog"),
        ("sonnet", poems.SONNET_18, without_line(poems.SONNET_18, 2)),
        ("limerick", LEAR.replace("Wren", "Gun"), LEAR.replace("Wren", "Duck")),
        ("quest", QUEST.replace("A horn.", ""), QUEST.replace("Reward: A horn.", "")),
        ("slogan", "bread " * 11, "bread " * 20),
    ],
)  # fmt: skip
def test_scores_are_graded_so_that_the_better_of_two_is_found(form: str, better: str, worse: str) -> None:
    assert check(FORMS[form], better, "en").score > check(FORMS[form], worse, "en").score > 0


ENDS = ("mountain", "silver", "window", "orange", "winter", "table", "nothing", "carpet") * 2
ENGLISH = [
    ("sonnet", SONNET),
    ("sonnet", poems.SONNET_18),
    ("sonnet", poems.SONNET_26),
    ("sonnet", poems.OZYMANDIAS),
    ("limerick", LEAR),
    ("limerick", poems.RYDE),
    ("quatrain", poems.TYGER),
    ("couplet", poems.ROBIN),
]


def breakings(text: str) -> dict[str, str]:
    lines = text.splitlines()
    ends = zip(lines, ENDS, strict=False)
    return {
        "a line dropped": without_line(text, 2),
        "a line repeated": "\n".join([lines[0], lines[0], *lines[2:]]),
        "other ends": "\n".join(re.sub(r"\w+\W*$", end, line) for line, end in ends),
    }


@pytest.mark.parametrize(("form", "text"), ENGLISH)
def test_a_broken_poem_scores_clearly_less_than_the_whole_one(form: str, text: str) -> None:
    whole = check(FORMS[form], text, "en").score
    scores = {how: check(FORMS[form], broken, "en").score for how, broken in breakings(text).items()}
    assert max(scores.values()) <= whole - 0.08, scores


@pytest.mark.parametrize("text", [TOWER, poems.JINGTING, poems.RED_BEANS])
def test_a_broken_quatrain_scores_clearly_less_than_the_whole_one(text: str) -> None:
    verses = re.findall(r"\w+", text)
    broken = {
        "a verse dropped": verses[:3],
        "a verse repeated": [verses[0], verses[0], *verses[2:]],
        "a character too many": [verses[0], "的" + verses[1], *verses[2:]],
        "another rhyme": [*verses[:3], verses[3][:-1] + "雪"],
        "tones shuffled": [verse[0] + verse[2] + verse[1] + verse[3:] for verse in verses],
    }
    scores = {how: check(FORMS["wujue"], "\n".join(lines), "zh").score for how, lines in broken.items()}
    assert max(scores.values()) <= 0.9, scores


verse = st.lists(
    st.sampled_from([*"春江花月夜，。\n； —", "rain", "cat's", "\n\n", "Ann:", "[C]", "1.", "Goal:"]),
    max_size=60,
).map("".join)


@given(text=st.one_of(st.text(max_size=300), verse), language=st.sampled_from(["en", "zh", "fr"]))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_a_check_and_full_score_means_no_objection(text: str, language: str) -> None:
    for form in FORMS.values():
        checked = check(form, text, language)
        assert 0 <= checked.score <= 1
        assert (checked.score == 1) == (not checked.reasons), (form.name, checked)
        assert "\n" not in checked.mark


SENSELESS = ["*" * 6000, "Goal" + " " * 6000 + "x", "1" * 6000, "C " * 3000 + "x", "[C" * 3000, "[C]" * 3000]
SENSELESS += [
    "春" * 6000,
    "，" * 6000,
    "f.u" * 2000,
    "\u200b" * 6000,
    "🙂" * 6000,
    "a-" * 3000,
    "\r\n\t" * 999,
]


@pytest.mark.parametrize("text", SENSELESS)
def test_a_long_senseless_line_is_an_ordinary_text(text: str) -> None:
    for form in ("haiku", "quest", "dialogue", "plot_outline"):
        assert check(FORMS[form], text, "en").score < 1
