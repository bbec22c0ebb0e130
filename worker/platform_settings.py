"""Settings of Slack and Telegram, and of who may ask and steer there."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from worker.id_list import IdList
from worker.reaction_map import read_reactions
from worker.setting_names import customary


def _ids(value: str | None) -> str | None:
    IdList.read(value)
    return value


Ids = Annotated[str | None, AfterValidator(_ids)]


def _reactions(value: str | None) -> str | None:
    read_reactions(value)
    return value


class PlatformSettings(BaseModel):
    """Part of `Settings`, which reads them."""

    # Slack and Telegram: an adapter starts when its tokens are set
    slack_bot_token: SecretStr | None = customary("SLACK_BOT_TOKEN", "xoxb-…")
    slack_app_token: SecretStr | None = customary("SLACK_APP_TOKEN", "xapp-…, for Socket Mode.")
    slack_signing_secret: SecretStr | None = customary(
        "SLACK_SIGNING_SECRET", "Signing secret of the Slack app."
    )
    slack_api_url: str = Field(default="https://slack.com/api/", description="Root of the Slack Web API.")
    slack_http_port: int | None = Field(
        default=None, ge=1, le=65535, description="Where Slack's signed requests come; unset: Socket Mode."
    )
    slack_http_host: str = Field(default="127.0.0.1", description="Address that this port is opened on.")
    telegram_token: SecretStr | None = customary("TELEGRAM_BOT_TOKEN", "Token from @BotFather.")
    telegram_api_url: str = Field(
        default="https://api.telegram.org", description="Root of the Telegram Bot API."
    )
    telegram_webhook_url: str | None = Field(
        default=None, description="Where Telegram sends updates, https://…; unset: polling."
    )
    telegram_webhook_secret: SecretStr | None = Field(default=None, description="What it proves itself with.")
    telegram_webhook_host: str = Field(default="127.0.0.1", description="Address that updates come to.")
    telegram_webhook_port: int = Field(default=8443, ge=1, le=65535, description="Port that they come to.")
    reactions: Annotated[str | None, AfterValidator(_reactions)] = Field(
        default=None, description="What reactions are worth, such as 👍=1, +1=1, 🤔=-0.5."
    )

    # Who may ask, and who may steer: ids parted by commas, with the platform before them if need be
    allow_people: Ids = Field(default=None, description="People who may ask, such as U123, telegram:456.")
    allow_chats: Ids = Field(default=None, description="Channels and chats where may be asked.")
    allow_workspaces: Ids = Field(
        default=None,
        description="Slack workspaces (and Telegram bots) where may be asked, by their own people.",
    )
    operators: Ids = Field(default=None, description="People who may steer the service from a chat.")
    daily_quota: int = Field(
        default=0, ge=0, le=100_000, description="Requests of one reader in a day (UTC); 0: any number."
    )
