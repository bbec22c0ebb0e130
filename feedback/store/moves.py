"""Chats that got another id: what was asked and said there under the old one is found under the new one."""

from functools import cache

from sqlalchemy import Executable, bindparam, update
from sqlmodel import col

from feedback.database import Database
from feedback.store.upsert import insert_into, values_of
from feedback.tables import ChatMove, Prompt

_PROMPTS = (
    update(Prompt)
    .where(
        col(Prompt.platform) == bindparam("its_platform"),
        col(Prompt.workspace) == bindparam("its_workspace"),
        col(Prompt.chat) == bindparam("old_chat"),
    )
    .values(chat=bindparam("new_chat"))
)


class Moves:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, platform: str, workspace: str, old: str, new: str) -> None:
        """From now on the chat's prompts are those of the new id. Safe to repeat.

        Messages stay under the id under which they were sent: the new chat may count its own anew.
        """
        move = values_of(ChatMove(platform=platform, workspace=workspace, old=old, new=new))
        prompts = {
            "its_platform": platform,
            "its_workspace": workspace,
            "old_chat": old,
            "new_chat": new,
        }
        with self._database.writing_rows() as rows:
            rows.execute(_kept(self._database.dialect), move)
            rows.execute(_PROMPTS, prompts)


@cache
def _kept(dialect: str) -> Executable:
    new = insert_into(ChatMove, dialect)
    return new.on_conflict_do_update(
        index_elements=["platform", "workspace", "old"], set_={"new": new.excluded.new}
    )
