"""What `rhapsode doctor slack` looks at."""

import asyncio

from bots.findings import Finding
from bots.slack_doctor import examine
from worker.settings import Settings


def examine_slack(settings: Settings) -> list[Finding]:
    """Ask Slack about the tokens of the settings. Takes some seconds where Slack is away."""
    secrets = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    bot, app, signing = (secret.get_secret_value() if secret else "" for secret in secrets)
    looking = examine(
        bot_token=bot,
        app_token=app,
        signing_secret=signing,
        over_http=settings.slack_http_port is not None,
        api_url=settings.slack_api_url,
    )
    return asyncio.run(looking)
