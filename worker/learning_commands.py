"""Commands of learning by hand: retrain and demo."""

import typer


def register(app: typer.Typer) -> None:
    """Nothing yet."""
