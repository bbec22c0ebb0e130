"""Commands of whoever runs the service on servers: its passwords, its backups."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer
from filelock import FileLock, Timeout

from worker.made_secrets import hand_out as hand_out_secrets
from worker.made_secrets import make_secrets
from worker.operator_commands import AsJson, as_json
from worker.parts import NothingRuns, Parts
from worker.problems import CannotStart
from worker.process_commands import parts_for
from worker.setting_names import variable_of

Archive = Annotated[Path, typer.Argument(help="A .tar file; - is the standard input or output.")]
_STREAM = Path("-")


def register(app: typer.Typer) -> None:
    for command in (backup, restore, secrets):
        app.command()(command)


def backup(file: Archive, json_: AsJson = False) -> None:
    """Keep all rows, versions and corpora in one file, while everything goes on."""
    from worker.backup import BackupBroken, write_backup

    parts = parts_for("backup", log_level="warning")
    parts.store.close()  # The tables are there and up to date.
    try:
        with sys.stdout.buffer if file == _STREAM else whole_or_not_at_all(file) as target:
            manifest = write_backup(target, parts.database_url, parts.settings.home, parts.reader_key)
    except (BackupBroken, OSError) as error:
        raise CannotStart(f"{file}: {error}") from None
    said = as_json({"rows": manifest.rows, "files": len(manifest.files)})
    versions = sum(name.endswith("/manifest.json") for name in manifest.files)
    typer.echo(
        said if json_ else f"{sum(manifest.rows.values())} rows and {versions} versions are in {file}",
        err=file == _STREAM,
    )
    if parts.settings.reader_secret is not None:
        name = variable_of("reader_secret")
        typer.echo(f"{name} is not in it: keep it elsewhere, for no restore does without", err=True)


@contextmanager
def whole_or_not_at_all(file: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name once it is on the disk, and is its owner's alone."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as draft:
        try:
            yield cast("BinaryIO", draft)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(file)
        finally:
            Path(draft.name).unlink(missing_ok=True)


def restore(
    file: Archive,
    replace: Annotated[bool, typer.Option("--replace", help="Give up what is there.")] = False,
    json_: AsJson = False,
) -> None:
    """Put a backup back into an empty home and database; nothing may run meanwhile."""
    from feedback.dump import NotEmpty, UnknownRevision
    from worker.backup import BackupBroken
    from worker.restoring import HomeNotEmpty, OtherKey
    from worker.restoring import restore as put_back

    parts = parts_for("restore", log_level="warning")
    home, given = parts.settings.home, parts.settings.reader_secret
    secret = None if given is None else given.get_secret_value().encode()
    _refuse_while_running(parts)
    try:
        with sys.stdin.buffer if file == _STREAM else file.open("rb") as source:
            manifest = put_back(source, parts.database_url, home, secret, replace=replace)
    except (HomeNotEmpty, NotEmpty) as error:
        raise CannotStart(f"{error}; --replace gives it up") from None
    except (BackupBroken, OtherKey, UnknownRevision, OSError) as error:
        raise CannotStart(f"{file}: {error}") from None
    said = as_json({"rows": manifest.rows, "files": len(manifest.files)})
    typer.echo(said if json_ else f"{sum(manifest.rows.values())} rows of {manifest.made_at} are back")


def _refuse_while_running(parts: Parts) -> None:
    """Raises CannotStart while any process, here or elsewhere, would write into what is put back."""
    with suppress(NothingRuns):
        if parts.settings.broker_url is not None and not parts.publisher.answers():
            raise CannotStart("the broker does not answer, so nobody knows what runs: start it first")
        if there := parts.publisher.processes():
            raise CannotStart(f"there are still: {', '.join(there)}; stop everything but database and broker")
    parts.settings.run_folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(parts.settings.run_folder / "up.lock", blocking=False):
            return
    except Timeout:
        raise CannotStart(f"rhapsode runs in {parts.settings.home}: stop it first") from None


def secrets(
    folder: Annotated[Path, typer.Argument(help="A folder that the services read.", file_okay=False)],
    database: Annotated[str, typer.Option(help="host:port of PostgreSQL.")] = "postgres:5432",
    broker: Annotated[str, typer.Option(help="host:port of Valkey.")] = "valkey:6379",
    hand_out: Annotated[Path | None, typer.Option(help="A folder, to hold one for each service.")] = None,
) -> None:
    """Make the passwords of a new deployment; what is there already stays."""
    made = make_secrets(folder, database, broker)
    if hand_out is not None:
        hand_out_secrets(folder, hand_out)
    typer.echo(f"made {', '.join(made)}" if made else "every password is there already")
