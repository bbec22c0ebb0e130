"""Every setting of every process: name, type, unit, bounds, default. The only reader of the environment."""

import difflib
import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from worker.learning_settings import LearningSettings
from worker.platform_settings import PlatformSettings
from worker.secret_files import BadSecrets, check_secrets, names_in, secret_folders
from worker.setting_names import PREFIX, customary, variable_of
from worker.studio_settings import StudioSettings
from worker.watching_settings import WatchingSettings

ENV_FILE = ".env"


class BadSettings(Exception):
    """Raised when a setting is wrong; the message is the one line that the operator reads."""


def _device(value: str) -> str:
    if value not in {"auto", "cpu", "cuda"} and not (value.startswith("cuda:") and value[5:].isdigit()):
        raise ValueError("allowed are auto, cpu, cuda and cuda:N")
    return value


class Settings(PlatformSettings, LearningSettings, StudioSettings, WatchingSettings, BaseSettings):
    """Read from the environment, from `.env` in the working folder and from files, in that order."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True)

    # Where things are
    home: Path = Field(default=Path(".rhapsode"), description="Folder of data, models, logs and locks.")
    base_cache: Path | None = Field(
        default=None, description="Folder of prepared base models; home/base if unset."
    )
    database_url: SecretStr | None = Field(
        default=None, description="sqlite:///… or postgresql://…; SQLite in home if unset."
    )
    broker_url: SecretStr | None = Field(
        default=None, description="redis://…; the embedded Valkey of `rhapsode up` if unset."
    )
    task_events: bool = Field(default=False, description="Tell Flower, and whoever listens, about each job.")
    secrets_dir: str | None = Field(
        default=None,
        description="Folders with a file per setting, such as rhapsode_telegram_token, parted by colons; "
        "/run/secrets if unset. Only from the environment.",
    )

    # The model
    model: str = Field(default="smollm2", description="'smollm2', a folder, or a Hugging Face id.")
    device: Annotated[str, AfterValidator(_device)] = Field(
        default="auto", description="auto, cpu, cuda, cuda:N."
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="auto: bfloat16 where the hardware multiplies it."
    )
    threads: int = Field(default=0, ge=0, le=256, description="CPU threads of the writer; 0: one per core.")
    engine: Literal["local", "openai"] = Field(
        default="local", description="openai: an OpenAI-compatible server writes; see docs/engines.md."
    )
    openai_url: str | None = Field(default=None, description="Address of that server, with its /v1.")
    openai_api_key: SecretStr | None = Field(default=None, description="Its key, if it wants one.")
    openai_model: str | None = Field(default=None, description="Its name for the base model.")
    openai_adapter_root: str | None = Field(
        default=None, description="Folder home/models as the server sees it; the same path if unset."
    )
    hf_token: SecretStr | None = customary("HF_TOKEN", "Opens gated Hugging Face models.")

    # Writing
    forms: Path | None = Field(
        default=None, description="Folder of your own forms, one TOML file each; see docs/forms.md."
    )
    max_batch: int = Field(default=32, ge=1, le=1024, description="Texts written at once by one writer.")
    cache_mb: int = Field(
        default=512, ge=64, le=1_000_000, description="MiB for the keys and values of texts under way."
    )
    max_prompt_chars: int = Field(default=2000, ge=10, le=100_000, description="Characters of one request.")
    max_waiting: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Prompts waiting for a writer; more are told to come back.",
    )
    max_waiting_per_reader: int = Field(
        default=5, ge=1, le=10_000, description="Of these, prompts of one reader."
    )
    max_running_per_reader: int = Field(
        default=1, ge=0, le=10_000, description="Prompts of one reader written at once; 0: any number."
    )
    temperature: float = Field(
        default=0.8,
        ge=0,
        le=5,
        description="0 always takes the likeliest token; a form may have its own.",
    )
    top_p: float = Field(
        default=0.95, gt=0, le=1, description="Share of probability that tokens are drawn from."
    )
    repetition_penalty: float = Field(
        default=1.12, ge=1, le=2, description="Divides the logits of written tokens; 1 is none."
    )
    no_repeat_ngram: int = Field(default=4, ge=0, le=20, description="Tokens; 0 allows repeats.")
    snapshot_interval: float = Field(default=0.2, ge=0.02, le=10, description="Seconds between live texts.")
    lease: float = Field(
        default=20, ge=3, le=600, description="Seconds until a silent writer's prompts go to another."
    )
    max_attempts: int = Field(default=3, ge=1, le=20, description="Writers that may try one prompt.")

    # What is refused
    profanity: bool = Field(default=True, description="Refuse profanity in prompts and completions.")
    blocked_words: Path | None = Field(
        default=None, description="File of words and phrases to refuse, one a line; `#` begins a comment."
    )

    # Privacy
    consent_default: bool = Field(
        default=True, description="Learn from readers until they say no; false: only once they say yes."
    )
    ai_notice: bool = Field(default=False, description="Say under each piece that an AI wrote it.")

    # Secrets of our own, and logs
    reader_secret: SecretStr | None = Field(
        default=None, description="Keys the HMAC of readers' ids; made once in home if unset."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: console on a terminal, JSON otherwise."
    )
    demo_json: Path | None = Field(
        default=None, description="File that `rhapsode demo` writes its figures to."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature.
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = SecretsSettingsSource(settings_cls, secrets_dir=secret_folders())
        return init_settings, env_settings, dotenv_settings, files

    @field_validator("slack_api_url", "telegram_api_url", "telegram_webhook_url", "openai_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("allowed is an address that begins with http:// or https://")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(
            ("sqlite://", "postgresql://", "postgresql+psycopg://")
        ):
            raise ValueError("allowed is an address that begins with sqlite:/// or postgresql://")
        return value

    @field_validator("broker_url")
    @classmethod
    def _is_broker(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("allowed is an address that begins with redis:// or rediss://")
        return value

    @cached_property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def bases(self) -> Path:
        return self.base_cache or self.home / "base"

    @property
    def base_is_elsewhere(self) -> bool:
        """Only the server holds the base model: nothing is trained or verified here."""
        return self.engine == "openai" and "model" not in self.model_fields_set

    @property
    def run_folder(self) -> Path:
        """Locks and addresses of the processes that run now."""
        return self.home / "run"


def load_settings(**overrides: Any) -> Settings:
    """The settings. Raises BadSettings with one line."""
    try:
        check_secrets()
        _refuse_unknown_names()
        settings = Settings(**overrides)
    except BadSecrets as error:
        raise BadSettings(str(error)) from None
    except ValidationError as error:
        raise BadSettings(_one_line(error)) from None
    if settings.engine == "openai":
        _need_a_server(settings)
    return settings


def _need_a_server(settings: Settings) -> None:
    for field in ("openai_url", "openai_model"):
        if not getattr(settings, field):
            because = f"{variable_of('engine')} is openai, see docs/engines.md"
            raise BadSettings(f"{variable_of(field)} is not set: {because}")


def _refuse_unknown_names() -> None:
    known = {variable_of(field) for field in Settings.model_fields}
    files = names_in(secret_folders(), PREFIX)
    given = {name.upper() for name in (*os.environ, *dotenv_values(ENV_FILE), *files)}
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise BadSettings(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    location = str(first["loc"][0])
    field = location if location in Settings.model_fields else location.lower().removeprefix(PREFIX.lower())
    given = first.get("input")
    declared = Settings.model_fields.get(field)
    secret = declared is None or "SecretStr" in str(declared.annotation)
    shown = "(a secret)" if secret or isinstance(given, SecretStr) else repr(given)
    allowed = first["msg"].removeprefix("Value error, ")
    return f"{variable_of(field)} is {shown}: {allowed}"
