"""Rows of other tools as requests of readers, and as documents of a corpus."""

from collections.abc import Sequence

from feedback.store.imports import ImportedRequest, ImportedText
from generation.forms import Catalogue
from generation.originality import Corpus, Document, Originality
from generation.screening import Screen
from retrain.replay import language_of
from retrain.trl_reading import Compared, Labelled, Read

_TITLE = 80  # Characters.


def request_of(row: Read, forms: Catalogue, form: str | None) -> ImportedRequest:
    """The prompt is read as a reader's request would be. Raises UnknownForm."""
    asked = forms.read_request(row.prompt, form)
    if isinstance(row, Compared):
        texts: tuple[ImportedText, ...] = (ImportedText(row.chosen), ImportedText(row.rejected))
    else:
        texts = (ImportedText(row.text, 1.0 if row.liked else -1.0),)
    return ImportedRequest(asked.form.name, asked.theme, language_of(texts[0].text), texts)


def may_be_learned(row: Read, screen: Screen) -> bool:
    """A row in which something stands that readers must not be shown is not taken."""
    texts = (row.chosen, row.rejected) if isinstance(row, Compared) else (row.text,)
    return not any(screen.objection(text) for text in (row.prompt, *texts))


def is_rated(row: Read) -> bool:
    return isinstance(row, Compared) or row.liked is not None


def add_texts(rows: Sequence[Read], originality: Originality, source: str, licence: str) -> int:
    """Register texts without a label to be learned from; how many are new."""
    if not rows:
        return 0
    documents = [
        Document(row.text, title=" ".join(row.prompt.split())[:_TITLE])
        for row in rows
        if isinstance(row, Labelled)
    ]
    return originality.add(Corpus(source, licence, "imported"), documents).documents
