"""The doctor finds what is wrong with a Slack app, says what to do, and shows no token."""

import time

import pytest

from bots.findings import Finding
from bots.slack_doctor import examine
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import APP_TOKEN, BOT_TOKEN


async def found(slack: SlackServer, **changed: object) -> dict[str, Finding]:
    usual = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": f"{slack.url}/api/"}
    findings = await examine(**(usual | changed))  # type: ignore[arg-type]
    assert not any(token in finding.said for finding in findings for token in (BOT_TOKEN, APP_TOKEN))
    return {finding.what: finding for finding in findings}


async def test_a_sound_app_has_nothing_wrong(slack: SlackServer) -> None:
    findings = await found(slack)

    assert list(findings) == ["bot token", "scopes", "clock", "socket"]
    assert all(finding.good for finding in findings.values())


async def test_missing_scopes_are_named_with_the_way_to_get_them(slack: SlackServer) -> None:
    slack.scopes -= {"files:write", "assistant:write"}
    finding = (await found(slack))["scopes"]

    assert not finding.good
    assert "assistant:write, files:write" in finding.said
    assert "reinstall" in finding.said


@pytest.mark.parametrize(("ahead", "side"), [(400, "ahead of"), (-90, "behind")])
async def test_a_clock_that_is_wrong_is_found(slack: SlackServer, ahead: int, side: str) -> None:
    finding = (await found(slack, now=lambda: time.time() + ahead))["clock"]

    assert (finding.good, side in finding.said) == (False, True)


@pytest.mark.parametrize(
    ("changed", "what", "said"),
    [
        ({"bot_token": "xoxb-old"}, "bot token", "invalid_auth"),
        ({"bot_token": ""}, "bot token", "needs the bot token"),
        ({"app_token": "xapp-old"}, "socket", "connections:write"),
        ({"app_token": BOT_TOKEN}, "socket", "swapped"),
        ({"over_http": True}, "signing secret", "App Credentials"),
        ({"api_url": "http://127.0.0.1:9/"}, "socket", "network"),
    ],
)
async def test_what_is_wrong_comes_with_what_to_do(
    slack: SlackServer, changed: dict[str, object], what: str, said: str
) -> None:
    finding = (await found(slack, **changed))[what]

    assert not finding.good
    assert said in finding.said


async def test_over_http_no_app_token_is_asked_for(slack: SlackServer) -> None:
    findings = await found(slack, app_token="", over_http=True, signing_secret="s")

    assert all(finding.good for finding in findings.values())
