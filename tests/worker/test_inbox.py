"""What a reader may ask, and what happens to it before it is a row."""

import pytest

from bots.messages import Incoming, Place, Reader, Refused
from feedback.records import ClaimedPrompt, NewCompletion, NewVersion
from feedback.store import Store
from generation.forms import FORMS, Catalogue
from generation.sampling import Sampling
from generation.screening import Screen
from worker.inbox import SqlInbox
from worker.request_text import checked_own_version, checked_request, clean

ANN, HOME = Reader("terminal", "", "ann"), Place("terminal", "", "ann")

SCREEN = Screen(blocked=["Voldemort"])


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("rain", "rain"),
        ("  rain\x00\x07 ", "rain"),
        ("line\none", "line\none"),
        ("a\u200b\u202eb", "ab"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_control_characters_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("", None, "empty-prompt"),
        (" \n\t ", None, "empty-prompt"),
        ("\x00\x01\x02", None, "empty-prompt"),
        ("a" * 10_000, None, "prompt-too-long"),
        ("rain", "novel", "unknown-form"),
        ("", "haiku", "empty-prompt"),
        ("a haiku about shit", None, "blocked-prompt"),
        ("a haiku about Voldemort", None, "blocked-prompt"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_reason(text: str, form: str | None, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_request(text, form, 2000, FORMS, SCREEN)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \x00", "empty-prompt"),
        ("Rain, rain, you shit", "blocked-prompt"),
        ("Voldemort in the rain", "blocked-prompt"),
        ("rain " * 2000, "prompt-too-long"),
    ],
)
def test_an_own_version_is_learned_from_so_it_is_screened(text: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_own_version(text, SCREEN)
    assert refused.value.reason == reason
    assert checked_own_version(" Rain,\nmy own. ", SCREEN) == "Rain,\nmy own."


def test_what_is_within_the_limit_is_taken() -> None:
    assert checked_request("a " * 1000, None, 2000, FORMS, SCREEN).theme == "a " * 999 + "a"


def inbox_with(store: Store, forms: Catalogue = FORMS) -> SqlInbox:
    usual = Sampling(temperature=0.3, top_p=0.5)
    return SqlInbox(
        store,
        lambda _: True,
        lambda _: None,
        forms=forms,
        max_prompt_chars=2000,
        sampling=usual,
        screen=SCREEN,
    )


def kept(store: Store, text: str) -> ClaimedPrompt:
    accepted = inbox_with(store).ask(Incoming("k", HOME, ANN, text))
    claimed = store.prompts.claim(accepted.prompt_id, 60, 3)
    assert claimed is not None
    return claimed


@pytest.mark.parametrize(
    ("text", "form", "language", "temperature"),
    [
        ("a poem about rain", "poem", "en", 0.3),
        ("写一首关于雨的诗", "poem", "zh", 0.3),
        ("a wujue about rain", "wujue", "zh", 0.3),  # It has a language of its own.
        ("a haiku about rain", "haiku", "en", FORMS["haiku"].sampling["temperature"]),
    ],
)
def test_a_form_may_bring_its_language_and_its_sampling(
    store: Store, text: str, form: str, language: str, temperature: float
) -> None:
    claimed = kept(store, text)
    assert (claimed.form, claimed.language) == (form, language)
    assert (claimed.sampling["temperature"], claimed.sampling["top_p"]) == (temperature, 0.5)


def test_more_of_a_form_that_an_operator_took_away_is_refused(store: Store) -> None:
    claimed = kept(store, "a haiku about rain")
    store.versions.add(NewVersion("base", "0" * 64, "base", None, "m", "b", "c", "d", "candidate"))
    new = NewCompletion("base", 1, "Rain", 4, 2, 1.0, 2.0, "stop")
    answer = store.prompts.finish(claimed.id, claimed.lease, new)
    without = Catalogue(form for form in FORMS.values() if form.name != "haiku")
    with pytest.raises(Refused) as refused:
        inbox_with(store, without).ask(Incoming("k2", HOME, ANN, "", again_of=answer.completion_id))
    assert refused.value.reason == "unknown-form"
