"""The kinds of writing, one TOML file each."""

from generation.forms.catalogue import FORMS, Asked, Catalogue, load_catalogue
from generation.forms.files import BadForm
from generation.forms.form import Example, Form, UnknownForm

__all__ = [
    "FORMS",
    "Asked",
    "BadForm",
    "Catalogue",
    "Example",
    "Form",
    "UnknownForm",
    "form_named",
    "load_catalogue",
    "read_request",
]

form_named, read_request = FORMS.named, FORMS.read_request  # Of the built-in forms alone.
