"""`rhapsode studio` serves the browser side; `rhapsode studio password` makes the hash of its password."""

import sys

import typer

from worker.problems import CannotStart
from worker.process_commands import parts_for

studio = typer.Typer(help="Serve the browser side, with /healthz and /metrics.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    app.add_typer(studio, name="studio")


@studio.callback()
def serve(context: typer.Context) -> None:
    """Serve the browser side, with /healthz and /metrics."""
    if context.invoked_subcommand is None:
        from worker.studio_process import run_studio

        run_studio(parts_for("studio"))


@studio.command()
def password() -> None:
    """Ask for a password (or read it from standard input) and print its hash."""
    from studio.password import FEWEST_CHARACTERS, MOST_CHARACTERS, hashed

    if sys.stdin.isatty():
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if not FEWEST_CHARACTERS <= len(given) <= MOST_CHARACTERS:
        raise CannotStart(f"a password has {FEWEST_CHARACTERS} to {MOST_CHARACTERS} characters")
    typer.echo(hashed(given))
