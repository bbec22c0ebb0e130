"""What was asked, as the conversation that the model continues: the same for training and for examining."""

from generation.forms import Catalogue
from generation.prompts import ChatMessage, messages_for
from retrain.dataset import Asked


def conversation(forms: Catalogue, asked: Asked) -> list[ChatMessage]:
    """Raises UnknownForm."""
    form, theme, language = asked
    return messages_for(forms.named(form), theme, language)
