"""Elements with text. Text goes in as a text node: a browser never reads it as HTML."""

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from bots.texts import UnknownText
from studio.visitor import Visitor


def words(tag: str, text: str, classes: str = "") -> TextElement:
    """An element of that tag that shows nothing but this text."""
    return TextElement(tag=tag, text=text).classes(classes)


def box(tag: str, classes: str = "", **attributes: str) -> ui.element:
    """An element that holds others. `aria_label="…"` becomes the attribute aria-label."""
    element = ui.element(tag).classes(classes)
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element


def form_title(visitor: Visitor, form: str) -> str:
    """The reader's word for a form; its own name if we have no word for it."""
    try:
        return visitor.text(f"studio-form-{form}")
    except UnknownText:
        return form.replace("_", " ").capitalize()
