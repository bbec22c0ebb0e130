"""The doctor asks Telegram itself, and says what to do for each finding."""

import time

import pytest

from bots.findings import Finding
from bots.telegram_doctor import examine
from bots.telegram_shapes import ALLOWED_UPDATES
from tests.fakes.telegram import FakeTelegram

HOOK = "https://bot.example/telegram"


def of(what: str, findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if finding.what == what)


async def test_a_bot_that_polls_in_peace_is_well(telegram: FakeTelegram) -> None:
    findings = await examine(telegram.token, api_url=telegram.url)

    assert [finding.good for finding in findings] == [True] * len(findings)
    assert of("webhook", findings).said == "none: the bot polls"
    assert of("token", findings).said == "signed in as @rhapsode_bot"


async def test_privacy_and_inline_mode_are_told_with_what_changes_them(telegram: FakeTelegram) -> None:
    telegram.reads_all = False
    findings = await examine(telegram.token, api_url=telegram.url)

    assert "/setprivacy" in of("privacy mode", findings).said
    assert "/setinline" in of("inline mode", findings).said


async def test_an_unknown_token_is_said_without_showing_it(telegram: FakeTelegram) -> None:
    [finding] = await examine("1:a-wrong-token", api_url=telegram.url)

    assert not finding.good
    assert "@BotFather" in finding.said
    assert "wrong" not in finding.said


async def test_a_missing_token_is_said() -> None:
    [finding] = await examine("")

    assert not finding.good


async def test_a_server_that_is_away_is_said() -> None:
    [finding] = await examine("1:token", api_url="http://127.0.0.1:9")

    assert "does not answer" in finding.said
    assert "1:token" not in finding.said


async def test_a_webhook_that_somebody_else_set_is_found(telegram: FakeTelegram) -> None:
    telegram.webhook = {"url": "https://elsewhere.example"}

    assert not of("webhook", await examine(telegram.token, api_url=telegram.url)).good


async def test_what_telegram_says_of_our_webhook_is_passed_on(telegram: FakeTelegram) -> None:
    telegram.webhook = {"url": HOOK, "allowed_updates": ["message"]}
    telegram.webhook_error = "Connection timed out"
    findings = await examine(telegram.token, api_url=telegram.url, webhook_url=HOOK)

    assert "Connection timed out" in of("webhook", findings).said
    assert "message_reaction" in of("allowed updates", findings).said


async def test_a_webhook_that_works_is_well(telegram: FakeTelegram) -> None:
    telegram.webhook = {"url": HOOK, "allowed_updates": [str(kind) for kind in ALLOWED_UPDATES]}
    findings = await examine(
        telegram.token, api_url=telegram.url, webhook_url=HOOK, webhook_secret="only-for-the-tests"
    )

    assert [finding.good for finding in findings] == [True] * len(findings)
    assert of("webhook secret", findings).said.startswith("is set")


@pytest.mark.parametrize("secret", ["", "two words", "x" * 257])
@pytest.mark.parametrize("url", ["", HOOK])
async def test_a_webhook_without_a_secret_that_telegram_takes_is_found(
    telegram: FakeTelegram, url: str, secret: str
) -> None:
    telegram.webhook = {"url": url}  # Before the bot's first start, and after it.
    findings = await examine(telegram.token, api_url=telegram.url, webhook_url=HOOK, webhook_secret=secret)

    assert not of("webhook secret", findings).good
    assert "RHAPSODE_TELEGRAM_WEBHOOK_SECRET" in of("webhook secret", findings).said


async def test_the_rights_in_a_group_are_looked_at(telegram: FakeTelegram) -> None:
    telegram.rights = {-1001: "administrator", -1002: "member", -1003: "left"}
    chats = ["-1001", "-1002", "-1003", "-1004"]
    findings = await examine(telegram.token, api_url=telegram.url, chats=chats)

    assert [of(f"rights in {chat}", findings).good for chat in chats] == [True, False, False, False]


async def test_without_groups_to_look_at_the_doctor_says_what_it_did_not_see(telegram: FakeTelegram) -> None:
    findings = await examine(telegram.token, api_url=telegram.url)

    assert "RHAPSODE_ALLOW_CHATS" in of("rights in groups", findings).said


async def test_a_bot_that_polls_names_what_it_wants_with_every_look(telegram: FakeTelegram) -> None:
    said = of("allowed updates", await examine(telegram.token, api_url=telegram.url)).said

    assert all(str(kind) in said for kind in ALLOWED_UPDATES)


async def test_a_wrong_clock_is_found(telegram: FakeTelegram) -> None:
    findings = await examine(telegram.token, api_url=telegram.url, now=lambda: time.time() + 400)

    assert not of("clock", findings).good
    assert "ahead" in of("clock", findings).said
