"""An operator adds a form with one file; a wrong file is one line that says what is wrong."""

import re
from pathlib import Path

import pytest

from generation.checks import check
from generation.forms import FORMS, BadForm, load_catalogue
from generation.prompts import messages_for

SENRYU = """
aliases = ["川柳"]
max_new_tokens = 60
lines = 3

[instruction]
en = "Write a senryu about {theme}."

[[checks]]
kind = "syllables"
pattern = [5, 7, 5]

[[examples]]
language = "en"
theme = "meetings"
text = "The meeting is long.\\nMy coffee has given up.\\nSomeone says, one more."
"""
GOOD = 'max_new_tokens = 60\n[instruction]\nen = "On {theme}."\n'


def test_an_operators_form_is_read_from_requests_rendered_and_checked(tmp_path: Path) -> None:
    (tmp_path / "senryu.toml").write_text(SENRYU, encoding="utf-8")
    forms = load_catalogue(tmp_path)

    asked = forms.read_request("a senryu about my boss")
    messages = messages_for(asked.form, asked.theme)

    assert (asked.form.name, asked.theme, len(forms)) == ("senryu", "my boss", len(FORMS) + 1)
    assert forms.read_request("写一首关于雨的川柳").form is asked.form
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[1]["content"] == "Write a senryu about meetings."
    assert messages[3]["content"] == "Write a senryu about my boss."
    assert check(asked.form, asked.form.examples[0].text, "en").mark == "5-7-5 ✓"


def test_an_operators_file_replaces_a_built_in_form(tmp_path: Path) -> None:
    (tmp_path / "haiku.toml").write_text(GOOD, encoding="utf-8")
    forms = load_catalogue(tmp_path)
    assert forms.names.count("haiku") == 1
    assert forms["haiku"].instruction == {"en": "On {theme}."}
    assert "俳句" not in forms.words


def test_a_byte_order_mark_is_no_part_of_a_form(tmp_path: Path) -> None:
    (tmp_path / "senryu.toml").write_text(SENRYU, encoding="utf-8-sig")
    assert load_catalogue(tmp_path)["senryu"].lines == load_catalogue(tmp_path)["haiku"].lines


def test_a_language_without_an_instruction_is_asked_for_in_english(tmp_path: Path) -> None:
    (tmp_path / "senryu.toml").write_text(SENRYU, encoding="utf-8")
    senryu = load_catalogue(tmp_path)["senryu"]
    assert [m["content"] for m in messages_for(senryu, "雨", "zh")][1:] == [
        "Write a senryu about 雨. Write in Chinese."
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("max_new_tokens = ", "it is not TOML"),
        (GOOD.replace("{theme}", "it"), r"instruction en: \{theme\} does not occur"),
        ("max_new_tokens = 60", "instruction: Field required"),
        (GOOD.replace("60", "0"), "max_new_tokens: Input should be greater than or equal to 8"),
        ("colour = 1\n" + GOOD, "colour: Unexpected keyword argument"),
        ('name = "x"\n' + GOOD, "name: the file's name is the form's name"),
        (GOOD + 'fr = "{theme}"', "instruction fr: .*'en' or 'zh'"),
        ("candidates = 99\n" + GOOD, "candidates: .*less than or equal to 16"),
        ('aliases = ["song"]\n' + GOOD, "aliases: 'song' is a name of lyrics"),
        ('aliases = ["Free  Verse"]\n' + GOOD, "aliases: 'free verse' is a name of free_verse"),
        ('aliases = [" "]\n' + GOOD, "aliases 1: String should match"),
        (GOOD + "[sampling]\nwarmth = 1", "sampling: warmth is no setting"),
        (GOOD + "[sampling]\ntop_p = 2", "sampling: top_p 2.0 is not within"),
        (GOOD + '[[checks]]\nkind = "metre"', "checks 1: .*'metre'.*'lines'"),
        (GOOD + '[[checks]]\nkind = "lines"\nmost = 0', "checks 1 lines most: .*greater than or equal to 1"),
        (GOOD + '[[checks]]\nkind = "lines"\nleast = 5\nmost = 3', "checks 1 .*more than most, 3"),
        (GOOD + '[[checks]]\nkind = "lines"\nmots = 3', "checks 1 lines mots: Unexpected keyword"),
        (GOOD + '[[checks]]\nkind = "rhyme"', "checks 1 rhyme scheme: Field required"),
        (GOOD + '[[examples]]\nlanguage = "en"', "examples 1 theme: Field required"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "senryu.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadForm) as bad:
        load_catalogue(tmp_path)
    assert bad.value.file == file
    assert "\n" not in str(bad.value)
    assert re.search(says, bad.value.why), bad.value.why


@pytest.mark.parametrize("name", ["My Form.toml", "Ode.toml", "7.toml", "诗.toml"])
def test_a_files_name_is_a_chat_command(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadForm, match="name: String should match pattern"):
        load_catalogue(tmp_path)


def test_a_folder_that_is_not_there_and_a_file_that_is_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadForm, match="there is no such folder"):
        load_catalogue(tmp_path / "gone")
    (tmp_path / "ode.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadForm, match="it cannot be read"):
        load_catalogue(tmp_path)
