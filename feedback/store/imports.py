"""Rated texts of other tools, kept like those of a reader who is called as their source."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.database import Database
from feedback.records import NewCompletion, NewPrompt
from feedback.store.prompt_rows import completion_row, prompt_row
from feedback.store.readers import Readers
from feedback.store.upsert import insert
from feedback.tables import Completion, ModelVersion, Preference, Prompt, Rating, now

PLATFORM = "import"


@dataclass(frozen=True, slots=True)
class ImportedText:
    text: str
    value: float | None = None  # -1 … 1; None in a pair.


@dataclass(frozen=True, slots=True)
class ImportedRequest:
    """One request with a rated text, or with two of which the first is better."""

    form: str
    theme: str
    language: str
    texts: tuple[ImportedText, ...]


class Imports:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def add(self, source: str, requests: Sequence[ImportedRequest]) -> int:
        """Keep all or, if anything fails, none; how many are new. The same one again is kept once."""
        with self._database.writing() as session:
            reader_id = self._readers.kept(session, PLATFORM, "", source)
            version = _version_of(session, source)
            return sum(_add(session, source, reader_id, version, request) for request in requests)


def _version_of(session: Session, source: str) -> str:
    """A text names who wrote it; nobody can promote this one, for there is no folder and it is barred."""
    name = f"import {source}"
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()
    row = ModelVersion(
        name=name,
        artifact_sha256=digest,
        kind="import",
        base_id=source,
        base_sha256="",
        tokenizer_sha256="",
        template_sha256="",
        status="rejected",
    )
    session.execute(insert(session, row).on_conflict_do_nothing())
    return name


def _add(session: Session, source: str, reader_id: int, version: str, request: ImportedRequest) -> bool:
    prompt_id = _new_prompt(session, source, reader_id, request)
    if prompt_id is None:
        return False
    moment = now()
    kept = []
    for variant, text in enumerate(request.texts):
        new = NewCompletion(version, 0, text.text, 0, 0, 0.0, 0.0, "stop", variant=variant)
        row = insert(session, completion_row(prompt_id, new, moment)).returning(col(Completion.id))
        kept.append(session.execute(row).scalar_one())
    for completion_id, text in zip(kept, request.texts, strict=True):
        if text.value is not None:
            rating = Rating(
                completion_id=completion_id, reader_id=reader_id, source=PLATFORM, value=text.value
            )
            session.execute(insert(session, rating))
    if len(kept) == 2:
        chosen = Preference(reader_id=reader_id, winner_id=kept[0], loser_id=kept[1])
        session.execute(insert(session, chosen))
    return True


def _new_prompt(session: Session, source: str, reader_id: int, request: ImportedRequest) -> int | None:
    said = "\0".join([request.form, request.theme, *(f"{text.value}{text.text}" for text in request.texts)])
    key = hashlib.sha256(said.encode(errors="replace")).hexdigest()
    new = NewPrompt(
        request_key=f"{PLATFORM}:{source}:{key}",
        platform=PLATFORM,
        workspace="",
        user=source,
        chat=source,
        thread="",
        reply_to="",
        locale=request.language,
        form=request.form,
        theme=request.theme,
        language=request.language,
        sampling={},
        variants=len(request.texts),
    )
    row = prompt_row(new, reader_id)
    row.status, row.finished_at, row.closed_at = "written", now(), now()  # Nothing to write or to deliver.
    added = insert(session, row).on_conflict_do_nothing(index_elements=["request_key"])
    return session.execute(added.returning(col(Prompt.id))).scalar()
