"""Messages: which of ours shows which completion, and what is still to be shown."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, bindparam, func, update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import UndeliveredPrompt
from feedback.store.answers import completion_ids
from feedback.store.upsert import insert_into, values_of
from feedback.tables import ChatMove, Completion, Message, Prompt, now

_WHAT = select(col(Message.prompt_id), col(Message.completion_id)).where(
    col(Message.platform) == bindparam("its_platform"), col(Message.message) == bindparam("its_message")
)
_SHOWN_IN = _WHAT.where(col(Message.chat) == bindparam("its_chat"))
_MOVED = and_(col(ChatMove.platform) == col(Message.platform), col(ChatMove.old) == col(Message.chat))
_SHOWN_BEFORE_IT_MOVED = _WHAT.join(ChatMove, _MOVED).where(col(ChatMove.new) == bindparam("its_chat"))
_CLOSED = (
    update(Prompt)
    .where(col(Prompt.id) == bindparam("which"), col(Prompt.closed_at).is_(None))
    .values(closed_at=bindparam("moment"))
)
_DELIVERED = (
    update(Completion)
    .where(col(Completion.prompt_id) == bindparam("which"), col(Completion.delivered_at).is_(None))
    .values(delivered_at=bindparam("moment"))
)


class Messages:
    def __init__(self, database: Database) -> None:
        self._database = database

    def sent(
        self,
        prompt_id: int,
        platform: str,
        chat: str,
        message: str,
        part: int,
        completion_id: int | None,
        last: bool,
    ) -> None:
        """Keep what a message shows; `last` says that all is shown now. Safe to repeat."""
        row = Message(
            platform=platform,
            chat=chat,
            message=message,
            part=part,
            prompt_id=prompt_id,
            completion_id=completion_id,
        )
        sent, values = _sent(self._database.dialect), values_of(row)
        with self._database.writing_rows() as rows:
            rows.execute(sent, values)
            if last:
                shown = {"which": prompt_id, "moment": now()}
                rows.execute(_CLOSED, shown)
                rows.execute(_DELIVERED, shown)

    def undelivered(self, platform: str) -> list[UndeliveredPrompt]:
        """Prompts of a platform whose answer is not wholly shown, oldest first."""
        with self._database.reading() as session:
            return undelivered_of(session, col(Prompt.platform) == platform, col(Prompt.closed_at).is_(None))

    def close(self, prompt_id: int, reason: str) -> None:
        """Stop trying to deliver."""
        with self._database.writing() as session:
            session.execute(
                update(Prompt)
                .where(col(Prompt.id) == prompt_id, col(Prompt.closed_at).is_(None))
                .values(closed_at=now(), failure=func.coalesce(col(Prompt.failure), reason))
            )

    def shown_in(self, platform: str, chat: str, message: str) -> tuple[int, int | None] | None:
        """The prompt and the completion in a message of ours, None if it is none.

        A placeholder shows its prompt's first completion, once there is one.
        """
        this = {"its_platform": platform, "its_chat": chat, "its_message": message}
        with self._database.reading_rows() as rows:
            shown: Any = rows.execute(_SHOWN_IN, this).first()
            shown = shown or rows.execute(_SHOWN_BEFORE_IT_MOVED, this).first()
            if shown is None:
                return None
            prompt_id, completion_id = shown
            if completion_id is None:
                completion_id = next(iter(completion_ids(rows, prompt_id)), None)
            return prompt_id, completion_id

    def completion_shown_in(self, platform: str, chat: str, message: str) -> int | None:
        """The completion in a message of ours."""
        shown = self.shown_in(platform, chat, message)
        return shown[1] if shown else None


@cache
def _sent(dialect: str) -> Executable:
    new = insert_into(Message, dialect)
    # Never back to a placeholder: records may arrive late and twice.
    shown = func.coalesce(new.excluded.completion_id, col(Message.completion_id))
    return new.on_conflict_do_update(
        index_elements=["platform", "chat", "message"],
        set_={"part": new.excluded.part, "completion_id": shown},
        where=col(Message.prompt_id) == new.excluded.prompt_id,
    )


def undelivered_of(session: Session, *which: ColumnElement[bool]) -> list[UndeliveredPrompt]:
    """These prompts with the messages that show them so far, oldest first."""
    prompts = session.scalars(select(Prompt).where(*which).order_by(col(Prompt.id))).all()
    messages = session.scalars(
        select(Message)
        .join(Prompt, col(Message.prompt_id) == col(Prompt.id))
        .where(*which)
        .order_by(col(Message.id))
    )
    by_part: dict[int, dict[int, str]] = {}
    for row in messages:  # A later message for the same part replaces one that is gone.
        by_part.setdefault(row.prompt_id, {})[row.part] = row.message
    return [_undelivered(prompt, by_part.get(prompt.id, {})) for prompt in prompts]


def _undelivered(prompt: Prompt, messages: dict[int, str]) -> UndeliveredPrompt:
    sent: list[str] = []
    while len(sent) in messages:
        sent.append(messages[len(sent)])
    return UndeliveredPrompt(
        prompt_id=prompt.id,
        platform=prompt.platform,
        workspace=prompt.workspace,
        chat=prompt.chat,
        thread=prompt.thread,
        reply_to=prompt.reply_to,
        locale=prompt.locale,
        messages=tuple(sent),
        theme=prompt.theme,
        kind=prompt.kind,
        instruction=prompt.instruction or "",
    )
