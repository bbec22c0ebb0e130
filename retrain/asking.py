"""What was asked, as the conversation that the model continues: the same for training and for examining."""

from generation.forms import Catalogue
from generation.prompts import ChatMessage, messages_for
from retrain.dataset import Asked, Replay


def conversation(forms: Catalogue, asked: Asked) -> list[ChatMessage]:
    """Raises UnknownForm."""
    form, theme, language = asked
    return messages_for(forms.named(form), theme, language)


def asked_of(text: Replay, forms: Catalogue) -> Asked:
    """What a text by people answers: its title, or without one its first line."""
    return (forms.default.name, text.title or text.text.strip().splitlines()[0], text.language)
