"""The app manifest in docs/ asks for what the code uses, and for nothing else."""

import json

from bots.slack_desk import COMMANDS, EVENTS, SCOPES, SHORTCUTS
from tests.fakes.slack_rules import EVENT_SCOPES, METHOD_SCOPES
from tests.fakes.slack_workspace import MANIFEST

ASKED = json.loads(MANIFEST.read_text(encoding="utf-8"))


def test_the_manifest_subscribes_to_the_events_that_are_handled() -> None:
    assert sorted(ASKED["settings"]["event_subscriptions"]["bot_events"]) == sorted(EVENTS)


def test_the_manifest_declares_the_commands_that_are_handled() -> None:
    assert [command["command"] for command in ASKED["features"]["slash_commands"]] == list(COMMANDS)


def test_the_manifest_declares_the_shortcuts_that_are_handled() -> None:
    declared = [(shortcut["callback_id"], shortcut["type"]) for shortcut in ASKED["features"]["shortcuts"]]

    assert declared == [(shortcut, "message") for shortcut in SHORTCUTS]


def test_the_manifest_asks_for_exactly_the_scopes_that_are_used() -> None:
    methods = {scope for scope in METHOD_SCOPES.values() if scope} - {"connections:write"}
    events = {scope for event in EVENTS if (scope := EVENT_SCOPES[event])}

    # The commands need one; posting where the bot was not invited another.
    assert set(ASKED["oauth_config"]["scopes"]["bot"]) == methods | events | {"commands", "chat:write.public"}
    assert sorted(ASKED["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES)


def test_the_manifest_turns_on_socket_mode_buttons_and_direct_messages() -> None:
    assert ASKED["features"]["app_home"]["home_tab_enabled"]
    assert ASKED["settings"]["socket_mode_enabled"]
    assert ASKED["settings"]["interactivity"]["is_enabled"]
    assert ASKED["features"]["app_home"]["messages_tab_enabled"]
    assert not ASKED["features"]["app_home"]["messages_tab_read_only_enabled"]


def test_the_docs_explain_every_scope_event_and_command() -> None:
    page = (MANIFEST.parent / "slack.md").read_text(encoding="utf-8")

    assert [name for name in (*SCOPES, *EVENTS, *COMMANDS) if f"`{name}" not in page] == []
