"""Commands of whoever runs the service on servers: its passwords, its backups."""

from pathlib import Path
from typing import Annotated

import typer

from worker.made_secrets import make_secrets


def register(app: typer.Typer) -> None:
    app.command("secrets")(secrets)


def secrets(
    folder: Annotated[Path, typer.Argument(help="A folder that the services read.", file_okay=False)],
    database: Annotated[str, typer.Option(help="host:port of PostgreSQL.")] = "postgres:5432",
    broker: Annotated[str, typer.Option(help="host:port of Valkey.")] = "valkey:6379",
) -> None:
    """Make the passwords of a new deployment; what is there already stays."""
    made = make_secrets(folder, database, broker)
    typer.echo(f"made {', '.join(made)}" if made else "every password is there already")
