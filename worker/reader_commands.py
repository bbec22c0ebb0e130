"""Commands about one reader: show what is stored, and erase it."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from bots.messages import Reader
from bots.readers import Stored
from feedback.store.imports import PLATFORM as IMPORTED
from worker.id_list import PLATFORMS
from worker.operator_commands import AsJson, as_json
from worker.parts import Parts
from worker.problems import CannotStart
from worker.process_commands import parts_for

Platform = Annotated[str, typer.Argument(help=f"One of {', '.join(PLATFORMS)}.")]
Workspace = Annotated[str, typer.Argument(help="Slack team or Telegram bot id; '' where there is none.")]
User = Annotated[str, typer.Argument(help="The platform's own id of the reader.")]


class Role(StrEnum):
    READER = "reader"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


def register(data: typer.Typer) -> None:
    data.command("show")(show_reader)
    data.command("erase")(erase_reader)
    data.command("role")(set_role)


def show_reader(platform: Platform, workspace: Workspace, user: User) -> None:
    """Everything that is stored of a reader, as JSON."""
    reader = _reader(platform, workspace, user)
    typer.echo(_parts().readers.export(reader).decode())


def erase_reader(
    platform: Platform,
    workspace: Workspace,
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    json_: AsJson = False,
) -> None:
    """Remove everything that is stored of a reader, for good; name the versions that learned from them."""
    reader, parts = _reader(platform, workspace, user), _parts()
    try:
        if not yes:
            typer.confirm(f"{_counted(parts.readers.stored(reader))}. Remove them for good?", abort=True)
        erased = parts.readers.erase(reader)
    finally:
        parts.close()
    if json_:
        typer.echo(as_json(asdict(erased)))
        return
    typer.echo(f"removed: {_counted(erased.stored)}")
    if erased.snapshots:
        typer.echo(f"these datasets held something of them: {', '.join(map(str, erased.snapshots))}")
    if erased.versions:
        typer.echo(f"these versions had learned from them: {', '.join(erased.versions)}")


def set_role(platform: Platform, workspace: Workspace, user: User, role: Role) -> None:
    """Whose ratings count for more: a reviewer's or an operator's count as three readers'."""
    reader = _reader(platform, workspace, user)
    _parts().store.accounts.set_role(reader.platform, reader.workspace, reader.user, role)
    typer.echo(f"{platform} {user}: {role}")


def _parts() -> Parts:
    return parts_for("data", log_level="error")


def _reader(platform: str, workspace: str, user: str) -> Reader:
    known = (*PLATFORMS, IMPORTED)
    if platform not in known:
        raise CannotStart(f"{platform!r} is no platform: {', '.join(known)}")
    return Reader(platform, workspace, user)


def _counted(stored: Stored) -> str:
    counts = {name: count for name, count in asdict(stored).items() if name != "since"}
    return ", ".join(f"{count} {name}" for name, count in counts.items())
