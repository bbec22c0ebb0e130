"""Commands of an operator by hand: models, doctor, health, settings."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from bots.findings import Finding
from worker.health import NotHealthy, Process, look_at
from worker.parts import Parts
from worker.process_commands import parts_for
from worker.settings import load_settings
from worker.version_pages import figure_line, version_lines

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

models = typer.Typer(help="Look at model versions, promote one, roll back.", no_args_is_help=True)


class Platform(StrEnum):
    SLACK = "slack"
    TELEGRAM = "telegram"


def register(app: typer.Typer) -> None:
    app.add_typer(models, name="models")
    app.command()(doctor)
    app.command()(health)
    app.command()(settings)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


@models.command("list")
def list_models(json_: AsJson = False) -> None:
    """Every version, with its status; the live one is marked."""
    store = parts_for("models", log_level="warning").store
    champion = store.versions.champion()
    versions = store.versions.all()
    if json_:
        typer.echo(as_json([{**asdict(v), "champion": v.name == champion} for v in versions]))
        return
    for v in versions:
        mark = "→" if v.name == champion else " "
        typer.echo(f"{mark} {v.name:<16} {v.kind:<6} {v.status:<11} {v.created_at:%Y-%m-%d %H:%M}")


@models.command("show")
def show_model(name: str, json_: AsJson = False) -> None:
    """One version: where it comes from and how it measured."""
    store = parts_for("models", log_level="warning").store
    version, figures, origin = (
        store.versions.get(name),
        store.figures.of(name),
        store.lineage.of_version(name),
    )
    if json_:
        shown = {"figures": [asdict(figure) for figure in figures], "lineage": asdict(origin)}
        typer.echo(as_json({**asdict(version), **shown}))
        return
    for field, value in asdict(version).items():
        typer.echo(f"{field:<18} {value}")
    for line in version_lines(origin):
        typer.echo(line)
    for figure in figures:
        typer.echo(figure_line(figure))


@models.command("promote")
def promote_model(
    name: str,
    force: Annotated[bool, typer.Option("--force", help="Even if rejected or quarantined.")] = False,
    json_: AsJson = False,
) -> None:
    """Make a version live, after it was verified. Writers swap without dropping a word."""
    from worker.engines import verify

    parts = parts_for("models", log_level="warning")
    parts.store.versions.get(name)
    verify(parts, name)
    parts.store.versions.promote(name, "by hand", force=force)
    _announce(parts, json_)


@models.command("rollback")
def rollback_model(json_: AsJson = False) -> None:
    """Go back to the version that was live before."""
    from worker.rollback import roll_back

    parts = parts_for("models", log_level="warning")
    roll_back(parts, "by hand")
    _announce(parts, json_)


@models.command("canary")
def canary_model(
    name: Annotated[str | None, typer.Argument(help="The version to try.")] = None,
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Of the readers.")] = 0.1,
    stop: Annotated[bool, typer.Option("--stop", help="Try nothing any more.")] = False,
    json_: AsJson = False,
) -> None:
    """Try a version on a share of the readers, always the same ones, beside the live one."""
    from worker.engines import verify

    parts = parts_for("models", log_level="warning")
    if stop:
        parts.store.versions.end_canary()
    elif name is not None:
        parts.store.versions.get(name)
        verify(parts, name)
        parts.store.versions.set_canary(name, share, "by hand")
    if stop or name is not None:
        _tell_writers(parts)
    _show_canary(parts, json_)


def _show_canary(parts: Parts, json_: bool) -> None:
    from worker.trial import rules_of, trial_of

    canary, trial = parts.store.versions.canary(), trial_of(parts.store, rules_of(parts.settings))
    if json_:
        shown = {"canary": canary and canary.version, "share": canary and canary.share}
        evidence = {**asdict(trial.evidence), "next": trial.decision.step} if trial else {}
        typer.echo(as_json({**shown, **evidence}))
        return
    typer.echo(f"canary: {canary.version}, {canary.share:.0%} of the readers" if canary else "no canary")
    if trial is not None:
        typer.echo(f"  {trial.decision.step}: {trial.decision.reason}")


def _announce(parts: Parts, json_: bool) -> None:
    champion = parts.store.versions.champion()
    _tell_writers(parts)
    typer.echo(as_json({"champion": champion}) if json_ else f"live: {champion}")


def _tell_writers(parts: Parts) -> None:
    """Tell the writers, if any run; they see it in the rows within seconds anyway."""
    from worker.parts import NothingRuns

    with suppress(NothingRuns):
        parts.publisher.deployment()


@models.command("fetch")
def fetch_model(json_: AsJson = False) -> None:
    """Prepare the configured base model, so that the first start takes seconds."""
    from worker.base_model import base_of

    base = base_of(parts_for("models", log_level="warning"))
    typer.echo(
        as_json({**asdict(base), "folder": str(base.folder)}) if json_ else f"{base.id}: {base.folder}"
    )


def doctor(
    platform: Annotated[Platform | None, typer.Argument(help="Ask this platform about its tokens.")] = None,
    json_: AsJson = False,
) -> None:
    """Check settings, database, broker, model and tokens, or one platform, and say what to do."""
    findings = _findings(parts_for("doctor", log_level="error"), platform)
    if json_:
        typer.echo(as_json([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding.good else 'BAD'} {finding.what}: {finding.said}")
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


def health(
    process: Annotated[Process, typer.Argument(help="A process of this home.")],
    running: Annotated[bool, typer.Option("--running", help="Only whether it goes on at all.")] = False,
) -> None:
    """Say whether a process does its work now, for a container's health check."""
    try:
        typer.echo(look_at(load_settings(), process, running=running))
    except NotHealthy as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _findings(parts: Parts, platform: Platform | None) -> Sequence[Finding]:
    match platform:
        case Platform.SLACK:
            from worker.doctor_slack import examine_slack

            return examine_slack(parts.settings)
        case Platform.TELEGRAM:
            from worker.doctor_telegram import examine_telegram

            return examine_telegram(parts.settings)
        case None:
            from worker.doctor import examine

            return examine(parts)


def settings() -> None:
    """Every setting with its type, bounds, default and meaning."""
    from worker.settings_page import page

    typer.echo(page(), nl=False)
