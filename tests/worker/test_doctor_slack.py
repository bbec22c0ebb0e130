"""What `rhapsode doctor` says of Slack's secrets, for each way to connect."""

import pytest
from pydantic import SecretStr

from worker.doctor import slack_tokens
from worker.settings import Settings

BOT, APP, SECRET = "slack_bot_token", "slack_app_token", "slack_signing_secret"


@pytest.mark.parametrize(
    ("given", "port", "good", "said"),
    [
        ((), None, True, "no tokens"),
        ((BOT, APP), None, True, "tokens are set"),
        ((BOT,), None, False, "Socket Mode needs"),
        ((APP,), None, False, "Socket Mode needs"),
        ((BOT, SECRET), None, False, "Socket Mode needs"),
        ((BOT, SECRET), 3000, True, "signing secret are set"),
        ((BOT, APP), 3000, False, "HTTP needs"),
        ((), 3000, True, "no tokens"),
    ],
)
def test_both_secrets_of_the_chosen_way_are_wanted(
    given: tuple[str, ...], port: int | None, good: bool, said: str
) -> None:
    secrets = {name: SecretStr("x") for name in (BOT, APP, SECRET)}
    settings = Settings().model_copy(
        update={name: secret if name in given else None for name, secret in secrets.items()}
        | {"slack_http_port": port}
    )
    found = slack_tokens(settings)

    assert (found.good, said in found.said) == (good, True)
