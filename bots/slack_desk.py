"""The desk of one Slack workspace: what Slack may send, and who attends to it."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bots.messages import REASONS, ReplyFeed
from bots.slack_asking import Asking
from bots.slack_assistant import Assistant
from bots.slack_commands import Commands
from bots.slack_events import (
    AGAIN,
    CHOOSE,
    COMMENT,
    EDIT,
    RATE,
    RATE_DOWN,
    RATE_UP,
    REASON,
    STOP,
    VARIANTS,
)
from bots.slack_home import Home
from bots.slack_home_view import ASK, DATA, ERASE, EXPORT, LANGUAGE, LEARN
from bots.slack_learning import CONSENT, NO_CONSENT, Learning
from bots.slack_notices import SlackChannel
from bots.slack_payloads import Payload, an_id
from bots.slack_rating import Rating
from bots.slack_reactions import Reactions
from bots.slack_shortcuts import Shortcuts
from bots.slack_stopping import Stopping
from bots.slack_submissions import CONTINUE, REWRITE, Fault, faults
from bots.slack_views import CHANGE, OPINION, REQUEST, VERSION
from bots.slack_workspace import VIEW_PATIENCE, Take, Workspace
from bots.texts import say

log = structlog.get_logger(__name__)

# As in docs/slack-manifest.json.
COMMANDS = ("/poem", "/write", "/rhapsode", "/mydata")
SHORTCUTS = (CONTINUE, REWRITE)
EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "assistant_thread_context_changed",
    "assistant_thread_started",
    "message.im",
    "reaction_added",
    "reaction_removed",
)
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:write",
    "im:history",
    "im:write",
    "reactions:read",
    "users:read",
)


class Desk:
    """Takes what readers say, tap and submit, and has the answers brought to them."""

    def __init__(self, workspace: Workspace, feed: ReplyFeed, edit_interval: float) -> None:
        self._workspace = workspace
        assistant = Assistant(workspace)
        learning, stopping = Learning(workspace), Stopping(workspace)
        reactions, rating = Reactions(workspace, learning), Rating(workspace, learning)
        asking = Asking(
            workspace, feed, edit_interval, stopping, learning, assistant.on_message, reactions.on_shown
        )
        home, shortcuts = Home(workspace, asking), Shortcuts(workspace, asking)
        commands = Commands(workspace, stopping, home)
        self.courier = asking.courier
        self.channel = SlackChannel(workspace)
        self._events: Mapping[str, Take] = {
            "agent_session_stopped": stopping.on_session_stopped,
            "app_home_opened": home.on_opened,
            "app_mention": asking.on_message,
            "message": asking.on_message,
            "assistant_thread_started": assistant.on_started,
            "reaction_added": reactions.on_reaction,
            "reaction_removed": reactions.on_reaction,
        }
        self._commands: Mapping[str, Take] = {
            "/poem": asking.on_command,
            "/write": asking.on_command,
            "/rhapsode": commands.on_command,
            "/mydata": commands.on_command,
        }
        self._actions: Mapping[str, Take] = {
            **dict.fromkeys((RATE, RATE_UP, RATE_DOWN), rating.on_rating),
            **dict.fromkeys((f"{REASON}_{reason}" for reason in REASONS), rating.on_reason),
            **dict.fromkeys((AGAIN, VARIANTS), asking.on_again),
            COMMENT: rating.on_comment,
            CHOOSE: rating.on_choice,
            EDIT: rating.on_edit,
            STOP: stopping.on_stop,
            **dict.fromkeys((CONSENT, NO_CONSENT), learning.on_consent),
            ASK: home.on_ask,
            DATA: home.on_data,
            LANGUAGE: home.on_language,
            LEARN: home.on_learn,
            EXPORT: home.on_export,
            ERASE: home.on_erase,
        }
        self._shortcuts: Mapping[str, Take] = {
            CONTINUE: shortcuts.on_continue,
            REWRITE: shortcuts.on_rewrite,
        }
        self._views: Mapping[str, Take] = {
            REQUEST: shortcuts.on_request,
            CHANGE: shortcuts.on_change,
            OPINION: rating.on_opinion,
            VERSION: rating.on_version,
        }

    def attend(self, app: AsyncApp) -> None:
        """Register everything that Slack may send."""
        listener = self._workspace.listener
        for event, take in self._events.items():
            app.event(event)(listener(take))
        for command, take in self._commands.items():
            app.command(command)(listener(take))
        for action, take in self._actions.items():
            app.action(action)(listener(take))
        for shortcut, take in self._shortcuts.items():
            app.shortcut(shortcut)(listener(take))
        for view, take in self._views.items():
            app.view(view)(self._form(listener(take)))
        app.error(_drop)

    async def close(self) -> None:
        """Hand over what was acknowledged; leave answers under way to the next start."""
        await self._workspace.work.close()
        await self.courier.close()

    def _form(self, listen: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """A form that cannot be taken stays open and says what."""

        async def submit(ack: AsyncAck, body: Payload) -> None:
            found = _faults(body)
            if not found:
                await listen(ack, body, None)
                return
            locale = await self._workspace.locale(an_id(body["user"]["id"]), VIEW_PATIENCE)
            errors = {field: say(locale, fault.key, **fault.facts) for field, fault in found.items()}
            await ack(response_action="errors", errors=errors)

        return submit


def _faults(body: Payload) -> Mapping[str, Fault]:
    try:
        return faults(body["view"])
    except Exception:  # noqa: BLE001 - No form of ours: its listener drops it.
        return {}


async def _drop(error: Exception) -> BoltResponse:
    """Acknowledge what nobody took or could read: else Slack sends it three times more."""
    if not isinstance(error, BoltUnhandledRequestError):
        log.warning("cannot read what Slack sent", error=type(error).__name__)
    return BoltResponse(status=200)
