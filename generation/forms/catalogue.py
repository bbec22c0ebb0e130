"""All forms that we write, and how one is read from a request."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from generation.forms.files import BadForm, read_form
from generation.forms.form import Form, UnknownForm, spelled

_BUILT_IN = Path(__file__).parent
_DEFAULT = "poem"

_LEAD = (  # A gap belongs to the word before it: a long one that several could share would take minutes.
    r"^(?:(?:please|can you|could you)\s+)*"
    r"(?:(?:write|compose|make|give)\s*)?(?:(?:me|us)\s*)?(?:(?:an?|the|some|one)\s*)?"
)
_ADJECTIVES = r"(?P<adjectives>(?:[\w'-]+\s+){0,3}?)"
_LINK = r"\s*(?:about|on|of|for|:|,)?\s*(?P<theme>.*)$"
_LEAD_CHINESE = r"^(?:请|帮我|给我)*写?(?:一)?[首篇个句副段条则幕场份]?"


@dataclass(frozen=True, slots=True)
class Asked:
    form: Form
    theme: str


class Catalogue(Mapping[str, Form]):
    """The forms by name, in the order of menus. Immutable."""

    def __init__(self, forms: Iterable[Form]) -> None:
        ordered = sorted(forms, key=lambda form: (form.place, form.name))
        self._forms = {form.name: form for form in ordered}
        self._by_word = {word: form for form in ordered for word in form.words}

    def __getitem__(self, name: str) -> Form:
        return self._forms[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._forms)

    @property
    def words(self) -> tuple[str, ...]:
        """Every name and alias."""
        return tuple(self._by_word)

    @property
    def default(self) -> Form:
        """What is written when no form is asked for."""
        return self._forms[_DEFAULT]

    def named(self, name: str) -> Form:
        """The form of that name or alias. Raises UnknownForm."""
        try:
            return self._by_word[spelled(name)]
        except KeyError:
            raise UnknownForm(name) from None

    def read_request(self, text: str, form: str | None = None) -> Asked:
        """Form and theme of a request: "a sad haiku about rain" → haiku, "rain (sad)". Raises UnknownForm.

        A named form takes the whole text as its theme, unless the text names that form again.
        """
        text = text.strip()
        named = self.named(form) if form else None
        match = next((found for pattern in self._patterns if (found := pattern.match(text))), None)
        asked = self._by_word.get(spelled(match["form"])) if match else None
        if match is None or asked is None:  # Letters that only a pattern takes for others: a haıku.
            return Asked(named or self.default, text)
        if named is not None and asked is not named:
            return Asked(named, text)
        adjectives = (match.groupdict().get("adjectives") or "").strip()
        theme = match["theme"].strip(" .!") or text
        return Asked(asked, f"{theme} ({adjectives})" if adjectives else theme)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        english = _either(word for word in self._by_word if word.isascii())
        chinese = _either(word for word in self._by_word if not word.isascii())
        return (
            re.compile(_LEAD + _ADJECTIVES + english + r"\b" + _LINK, re.IGNORECASE | re.DOTALL),
            re.compile(_LEAD_CHINESE + chinese + r"\s*[:：,，]\s*(?P<theme>.+)$", re.DOTALL),
            re.compile(_LEAD_CHINESE + r"(?:关于)?(?P<theme>.*?)的?" + chinese + r"[。！]?$", re.DOTALL),
        )


def _either(words: Iterable[str]) -> str:
    """A group of them, the longest first, so that "free verse" is not read as "verse"."""
    longest_first = sorted(words, key=len, reverse=True)
    spelled = (re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)
    return f"(?P<form>{'|'.join(spelled) or '(?!)'})"


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """The built-in forms and an operator's, whose files add or replace forms by name. Raises BadForm."""
    files = {file.stem: file for file in _BUILT_IN.glob("*.toml")}
    if extra is not None:
        if not extra.is_dir():
            raise BadForm(extra, "there is no such folder")
        files |= {file.stem: file for file in extra.glob("*.toml")}
    forms = {file: read_form(file) for _, file in sorted(files.items())}
    _refuse_shared_words(forms, extra)
    return Catalogue(forms.values())


def _refuse_shared_words(forms: Mapping[Path, Form], extra: Path | None) -> None:
    """Two forms may not be called alike. The operator's file is the one to mend."""
    owners: dict[str, Form] = {}
    for file, form in sorted(forms.items(), key=lambda entry: entry[0].parent == extra):
        for word in form.words:
            if word in owners:
                raise BadForm(file, f"aliases: {word!r} is a name of {owners[word].name}")
            owners[word] = form


FORMS = load_catalogue()
