"""Settings of what the service says of itself in channels."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from worker.channel_list import read_channels
from worker.learning_settings import Cron


def _channels(value: str | None) -> str | None:
    read_channels(value)
    return value


Channels = Annotated[str | None, AfterValidator(_channels)]


class NoticeSettings(BaseModel):
    """Part of `Settings`, which reads them."""

    operators_channels: Channels = Field(
        default=None, description="Channels that hear of a surge of dislikes: slack:C123, telegram:-100456."
    )
    digest_channels: Channels = Field(
        default=None, description="Channels that get the digest of the week; likewise."
    )
    digest_cron: Cron = Field(default="0 9 * * 1", description="When: minute hour day month weekday, UTC.")
    notice_language: Literal["en", "zh"] = Field(default="en", description="Of both.")
