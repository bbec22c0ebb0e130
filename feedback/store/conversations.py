"""Conversations: what a completion was written for, what came before it, what was said last in a place."""

from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.conversation import FOLLOW_UPS, EarlierPiece, Origin
from feedback.database import Database
from feedback.records import UnknownRow
from feedback.store.answers import completion_ids
from feedback.store.choices import STANDING
from feedback.store.readers import Readers
from feedback.tables import Completion, Preference, Prompt

LONGEST = 50  # Pieces: far more than fit into a model's context.


class Conversations:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def origin(self, completion_id: int) -> Origin:
        """What the completion was written for, and where. Raises UnknownRow."""
        with self._database.reading() as session:
            prompt, _ = _written(session, completion_id)
            return Origin(
                platform=prompt.platform,
                workspace=prompt.workspace,
                chat=prompt.chat,
                form=prompt.form,
                theme=prompt.theme,
                language=prompt.language,
                kind=prompt.kind,
                instruction=prompt.instruction or "",
                parent_completion_id=prompt.parent_completion_id,
                length=prompt.length,
                sampling=prompt.sampling,
            )

    def asked_by(self, completion_id: int, platform: str, workspace: str, user: str) -> bool:
        """Whether the completion was written for that reader. Raises UnknownRow."""
        with self._database.reading() as session:
            prompt, _ = _written(session, completion_id)
            return prompt.reader_id == self._readers.known(session, platform, workspace, user)

    def up_to(self, completion_id: int) -> tuple[EarlierPiece, ...]:
        """The completion and the pieces that it follows up on, oldest first. Raises UnknownRow."""
        pieces: list[EarlierPiece] = []
        at: int | None = completion_id
        with self._database.reading() as session:
            while at is not None and len(pieces) < LONGEST:
                prompt, completion = _written(session, at)
                pieces.append(_piece(prompt, completion))
                at = prompt.parent_completion_id if prompt.kind in FOLLOW_UPS else None
        return tuple(reversed(pieces))

    def newest_of(self, platform: str, workspace: str, user: str, chat: str, thread: str = "") -> int | None:
        """The reader's newest completion in that place: of variants the chosen one, else the last shown."""
        return self._newest(platform, workspace, user, chat, thread, of_anybody=False)

    def newest_in_thread(
        self, platform: str, workspace: str, user: str, chat: str, thread: str
    ) -> int | None:
        """The reader's newest completion in that thread, or, if there is none, anybody's."""
        mine = self._newest(platform, workspace, user, chat, thread, of_anybody=False)
        if mine is not None:
            return mine
        return self._newest(platform, workspace, user, chat, thread, of_anybody=True)

    def _newest(
        self, platform: str, workspace: str, user: str, chat: str, thread: str, *, of_anybody: bool
    ) -> int | None:
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            here = (
                col(Prompt.platform) == platform,
                col(Prompt.workspace) == workspace,
                col(Prompt.chat) == chat,
                col(Prompt.thread) == thread,
            )
            whose = () if of_anybody else (col(Prompt.reader_id) == reader_id,)
            prompt_id = session.scalar(
                select(col(Prompt.id))
                .where(*here, *whose, col(Prompt.status) == "written")
                .order_by(col(Prompt.id).desc())
                .limit(1)
            )
            return None if prompt_id is None else _standing_for(session, prompt_id, reader_id)


def _standing_for(session: Session, prompt_id: int, reader_id: int | None) -> int:
    """The completion that is meant when a reader speaks of a prompt's answer."""
    shown = completion_ids(session, prompt_id)
    chosen = session.scalar(
        select(col(Preference.winner_id)).where(
            col(Preference.reader_id) == reader_id,
            col(Preference.winner_id).in_(shown),
            STANDING,
        )
    )
    return chosen or shown[-1]


def _written(session: Session, completion_id: int) -> tuple[Prompt, Completion]:
    found = session.execute(
        select(Prompt, Completion)
        .join(Completion, col(Completion.prompt_id) == col(Prompt.id))
        .where(col(Completion.id) == completion_id)
    ).first()
    if found is None:
        raise UnknownRow(f"completion {completion_id}")
    prompt, completion = found
    return prompt, completion


def _piece(prompt: Prompt, completion: Completion) -> EarlierPiece:
    return EarlierPiece(
        completion_id=completion.id,
        form=prompt.form,
        theme=prompt.theme,
        language=prompt.language,
        kind=prompt.kind,
        instruction=prompt.instruction or "",
        text=completion.text,
        tokens=completion.tokens,
    )
