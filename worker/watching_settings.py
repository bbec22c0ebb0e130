"""Settings of who watches the service: its figures, its traces, and what it says of itself in channels."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, Field

from worker.channel_list import read_channels
from worker.learning_settings import Cron


def _channels(value: str | None) -> str | None:
    read_channels(value)
    return value


def _address(value: str | None) -> str | None:
    if value is not None and not value.startswith(("http://", "https://")):
        raise ValueError("allowed is an address that begins with http:// or https://")
    return value


Channels = Annotated[str | None, AfterValidator(_channels)]


class WatchingSettings(BaseModel):
    """Part of `Settings`, which reads them."""

    metrics_host: str = Field(
        default="127.0.0.1", description="Address that each process serves /metrics on."
    )
    metrics_port: int = Field(
        default=9100,
        ge=0,
        le=65535,
        description="Port for that; 0: none. `rhapsode up` counts on from it, a process at a time.",
    )
    otlp_endpoint: Annotated[str | None, AfterValidator(_address)] = Field(
        default=None,
        validation_alias=AliasChoices("RHAPSODE_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        description="Where traces go, such as http://collector:4318; unset: nowhere.",
    )
    operators_channels: Channels = Field(
        default=None, description="Channels that hear of a surge of dislikes: slack:C123, telegram:-100456."
    )
    digest_channels: Channels = Field(
        default=None, description="Channels that get the digest of the week; likewise."
    )
    digest_cron: Cron = Field(default="0 9 * * 1", description="When: minute hour day month weekday, UTC.")
    notice_language: Literal["en", "zh"] = Field(default="en", description="Of both.")
