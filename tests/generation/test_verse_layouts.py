"""Chinese verse in the layouts that models and readers give it: the marks do not hang on the wrapping."""

import pytest

from generation.checks import check
from generation.forms import FORMS

TOWER = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
VERSES = ["白日依山尽", "黄河入海流", "欲穷千里目", "更上一层楼"]
ORIOLES = "两个黄鹂鸣翠柳，一行白鹭上青天。窗含西岭千秋雪，门泊东吴万里船。"


@pytest.mark.parametrize(
    "text",
    [
        TOWER + "🙂",
        TOWER + "\n🙂🌊",
        f"「{TOWER}」",
        f"“{TOWER}”",
        f"**{TOWER}**",
        "\n".join(f"{n}. {verse}" for n, verse in enumerate(VERSES, 1)),
        "\n".join(f"{n}、{verse}" for n, verse in enumerate(VERSES, 1)),
        "\n".join(f"{n}、{verse}" for n, verse in zip("一二三四", VERSES, strict=True)),
        "\n".join(f"（{n}）{verse}。" for n, verse in enumerate(VERSES, 1)),
        "\n".join(f"- {verse}" for verse in VERSES),
        TOWER.replace("，", "、"),
        TOWER.replace("，", "——"),
        TOWER.replace("，", "……"),
        TOWER.replace("，", "\u3000"),
        TOWER.replace("，", " / "),
        " ".join(VERSES),
        "\u3000\u3000" + "\r\n\u3000\u3000".join(VERSES),
        " ".join(TOWER),
        "《登鹳雀楼》\n" + TOWER,
        "**《登鹳雀楼》**\n\n" + TOWER,
        "《登鹳雀楼》\n王之涣\n" + TOWER,
        "《登鹳雀楼》 唐·王之涣\n" + "\n".join(VERSES),
        "【登鹳雀楼】\n〔唐〕王之涣\n\n" + "\n".join(VERSES),
    ],
)
def test_a_quatrain_has_its_marks_however_it_is_set(text: str) -> None:
    checked = check(FORMS["wujue"], text, "zh")
    assert (checked.score, checked.mark) == (1.0, "4 × 5 字 ✓ · 押韵 ✓ · 平仄 ✓"), checked.reasons


def test_a_gap_in_the_middle_of_a_verse_parts_nothing() -> None:
    spaced = ORIOLES.replace("黄鹂", "黄鹂 ").replace("白鹭", "白鹭\u3000").replace("西岭", "西岭 ")
    assert check(FORMS["qijue"], spaced, "zh") == check(FORMS["qijue"], ORIOLES, "zh")


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("海阔凭鱼跃 天高任鸟飞", "5 + 5 字 ✓"),
        ("海阔凭鱼跃\u3000天高任鸟飞。", "5 + 5 字 ✓"),
        ("海阔凭鱼跃——天高任鸟飞", "5 + 5 字 ✓"),
        ("“海阔凭鱼跃，天高任鸟飞。”🙂", "5 + 5 字 ✓"),
        ("海阔凭鱼跃，天高任鸟飞\n🐟", "5 + 5 字 ✓"),
        ("上联：海阔凭鱼跃 下联：天高任鸟飞", "5 + 5 字 ✓"),
        ("1. 海阔凭鱼跃\n2. 天高任鸟飞", "5 + 5 字 ✓"),
        ("墙上芦苇 头重脚轻根底浅；山间竹笋 嘴尖皮厚腹中空", "11 + 11 字 ✓"),
    ],
)
def test_so_has_a_couplet(text: str, mark: str) -> None:
    checked = check(FORMS["duilian"], text, "zh")
    assert (checked.score, checked.mark) == (1.0, mark), checked.reasons


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Here is a quatrain:\n" + TOWER, "5 lines, wanted 4"),
        (
            "登鹳雀楼\n" + TOWER,
            "5 lines, wanted 4",
        ),  # Only brackets make a title of it.
        ("《登鹳雀楼》欲穷千里目\n" + TOWER, "5 lines, wanted 4"),
        (TOWER + "🙂希望你喜欢", "5 lines, wanted 4"),
        ("《登鹳雀楼》", "0 lines, wanted 4"),
        (TOWER.replace("白", "red白") + "🙂", "line 1: letters beside"),
        ("\n".join([*VERSES[:2], VERSES[0] + "🙂", VERSES[3]]), "line 3: the same as line 1"),
    ],
)
def test_what_is_no_wrapping_is_held_against_it(text: str, reason: str) -> None:
    checked = check(FORMS["wujue"], text, "zh")
    assert checked.score < 1
    assert any(reason in said for said in checked.reasons), checked.reasons
