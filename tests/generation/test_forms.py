"""A request is read into a form and a theme; every built-in form is complete."""

import pytest

from generation.forms import FORMS, UnknownForm, form_named, read_request
from generation.prompts import messages_for, render
from generation.sampling import Sampling
from generation.versions import LoadedVersion

WANTED = (
    "poem haiku limerick sonnet quatrain couplet free_verse wujue qijue duilian story plot_outline character "
    "dialogue scene quest lyrics chord_sheet slogan ad_copy product_description headline"
)


@pytest.mark.parametrize(
    ("text", "form", "theme"),
    [
        ("a haiku about rain", "haiku", "rain"),
        ("Write me a sad poem about the sea.", "poem", "the sea (sad)"),
        ("rain", "poem", "rain"),
        ("quatrain: old boots", "quatrain", "old boots"),
        ("slogan for a bakery", "slogan", "a bakery"),
        ("please write a funny limerick on a goat", "limerick", "a goat (funny)"),
        ("写一首关于雨的诗", "poem", "雨"),
        ("a song of the road", "lyrics", "the road"),
        ("tell me of love", "poem", "tell me of love"),
        ("poem", "poem", "poem"),
        ("a haiku about\n{theme} and {braces}", "haiku", "{theme} and {braces}"),
        ("Free verse about rain", "free_verse", "rain"),
        ("write a free  verse about rain", "free_verse", "rain"),
        ("a plot outline for a heist", "plot_outline", "a heist"),
        ("chord sheet: the road", "chord_sheet", "the road"),
        ("a product description of a teapot", "product_description", "a teapot"),
        ("a song with chords about rain", "chord_sheet", "rain"),
        ("写一首关于秋夜的五言绝句", "wujue", "秋夜"),
        ("秋夜五绝", "wujue", "秋夜"),
        ("给我写一副关于春天的对联。", "duilian", "春天"),
        ("俳句：雨", "haiku", "雨"),
        ("写一首关于雨的自由诗", "free_verse", "雨"),
        ("五绝", "wujue", "五绝"),
        ("a haıku about rain", "poem", "a haıku about rain"),
        ("LİMERİCK about a cat", "poem", "LİMERİCK about a cat"),
        ("a ſtory about rain", "poem", "a ſtory about rain"),
    ],
)
def test_a_request_is_read_into_form_and_theme(text: str, form: str, theme: str) -> None:
    asked = read_request(text)
    assert (asked.form.name, asked.theme) == (form, theme)


@pytest.mark.parametrize("text", ["write" + " " * 2000 + "x", "a" + "\n" * 2000 + "b", "please " * 300])
def test_a_long_gap_is_read_at_once(text: str) -> None:
    assert read_request(text).form.name == "poem"


def test_a_named_form_wins_over_the_text() -> None:
    asked = read_request("a haiku about rain", form="story")
    assert (asked.form.name, asked.theme) == ("story", "a haiku about rain")


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(UnknownForm):
        read_request("rain", form="novel")


@pytest.mark.parametrize(
    ("word", "form"),
    [("free verse", "free_verse"), ("Free-Verse", "free_verse"), (" HAIKU ", "haiku"), ("五言绝句", "wujue")],
)
def test_a_form_is_known_by_every_spelling_of_its_names(word: str, form: str) -> None:
    assert form_named(word).name == form


@pytest.mark.parametrize(
    ("alias", "form"),
    [
        *dict.fromkeys(("verse", "poetry", "诗"), "poem").items(),
        *dict.fromkeys(("rhyme", "绝句"), "quatrain").items(),
        *dict.fromkeys(("tale", "故事"), "story").items(),
        *dict.fromkeys(("tagline", "motto", "口号", "标语"), "slogan").items(),
        *dict.fromkeys(("mission", "任务"), "quest").items(),
        *dict.fromkeys(("song", "歌词"), "lyrics").items(),
        ("十四行诗", "sonnet"),
    ],
)
def test_names_that_readers_have_used_stay(alias: str, form: str) -> None:
    assert form_named(alias).name == form


def test_the_forms_are_all_there_and_begin_with_the_usual_one() -> None:
    assert sorted(FORMS.names) == sorted(WANTED.split())
    assert FORMS.names[0] == FORMS.default.name == "poem"


@pytest.mark.parametrize("name", FORMS)
def test_a_built_in_form_has_both_languages_and_checks_in_each_that_it_is_written_in(name: str) -> None:
    form = FORMS[name]
    assert set(form.instruction) == {"en", "zh"}
    for language in {form.language} if form.language else {"en", "zh"}:
        assert any(check.language in {None, language} for check in form.checks), language
    assert any(not alias.isascii() for alias in form.aliases)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", FORMS)
def test_a_built_in_form_is_rendered_by_the_real_tokenizer(
    name: str, language: str, live: LoadedVersion
) -> None:
    messages = messages_for(FORMS[name], "{rain}", language)
    rendered = live.tokenizer.decode(render(live.tokenizer, messages))
    assert "{rain}" in rendered
    assert "{theme}" not in rendered
    assert rendered.count("<|im_start|>user") == 1 + sum(e.language == language for e in FORMS[name].examples)


def test_a_forms_own_sampling_goes_before_the_usual_one() -> None:
    usual = Sampling(temperature=0.3, no_repeat_ngram=4)
    sampled = FORMS["chord_sheet"].sampled(usual)
    assert (sampled.temperature, sampled.no_repeat_ngram) == (0.3, 0)
    assert FORMS["poem"].sampled(usual) == usual


@pytest.mark.parametrize("name", FORMS)
def test_an_example_of_a_built_in_form_keeps_its_rules(name: str) -> None:
    from generation.checks import check

    for example in FORMS[name].examples:
        assert check(FORMS[name], example.text, example.language).score == 1
