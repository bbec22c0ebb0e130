"""docs/settings.md, made from the settings themselves."""

from typing import get_args, get_origin

from worker.learning_settings import LearningSettings
from worker.platform_settings import PlatformSettings
from worker.setting_names import variable_of
from worker.settings import Settings
from worker.studio_settings import StudioSettings

_INTRODUCTION = """# Settings

Read from the environment, from `.env` in the working folder, and from files: a file
`rhapsode_telegram_token` in `/run/secrets`, or in a folder of `RHAPSODE_SECRETS_DIR`, is that setting. The
environment counts more than files. A wrong value or an unknown `RHAPSODE_…` name stops the start with one
line. The platforms' customary names `SLACK_BOT_TOKEN`, `SLACK_APP_TOKEN`, `SLACK_SIGNING_SECRET`,
`TELEGRAM_BOT_TOKEN` and `HF_TOKEN` are accepted too.
This page is what `rhapsode settings` prints.

| setting | type | bounds | default | meaning |
|---|---|---|---|---|"""

_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def page() -> str:
    """Every setting with its type, bounds, default and meaning, as Markdown."""
    fields = sorted(Settings.model_fields, key=_part)
    return "\n".join([_INTRODUCTION, *map(_row, fields), ""])


def _part(field: str) -> int:
    """Those of the whole service first, then the platforms', the studio's, and those of learning."""
    parts = (PlatformSettings.model_fields, StudioSettings.model_fields, LearningSettings.model_fields)
    return next((n for n, fields in enumerate(parts, 1) if field in fields), 0)


def _row(field: str) -> str:
    info = Settings.model_fields[field]
    bounds = ", ".join(
        f"{sign} {getattr(limit, name)}"
        for limit in info.metadata
        for name, sign in _SIGNS.items()
        if hasattr(limit, name)
    )
    default = "" if info.default is None else f"`{info.default}`"
    kind = _kind(info.annotation)
    return f"| `{variable_of(field)}` | {kind} | {bounds} | {default} | {info.description} |"


def _kind(annotation: object) -> str:
    """A type in an operator's words: "integer", "secret", "one of a, b"."""
    choices = [kind for kind in get_args(annotation) if kind is not type(None)]
    if get_origin(annotation) is not None and str(get_origin(annotation)) == "typing.Literal":
        return "one of " + ", ".join(f"`{choice}`" for choice in choices)
    plain = choices[0] if choices else annotation
    names = {
        "str": "text",
        "int": "integer",
        "float": "number",
        "bool": "true or false",
        "Path": "path",
        "SecretStr": "secret",
    }
    return names[getattr(plain, "__name__", str(plain))]
