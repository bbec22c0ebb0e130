"""Judge what was written: does it keep the rules of its form?"""

from typing import TYPE_CHECKING

from generation.checks.finding import Check, Checked, Finding, Language, summed_up
from generation.checks.reading import lines_of

if TYPE_CHECKING:  # A form declares checks, so at run time it is the one that imports.
    from generation.forms.form import Form

__all__ = ["Check", "Checked", "Finding", "Language", "check", "lines_of"]


def check(form: "Form", text: str, language: str) -> Checked:
    """What the form's checks say of a text in that language. An empty text scores 0."""
    if not text.strip():
        return Checked(0.0, ("no text",), "")
    return summed_up([c.judge(text) for c in form.checks if c.language in {None, language}])
