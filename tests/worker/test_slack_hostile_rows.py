"""Hostile requests over the rows and the broker of the running service: survived, and none done twice."""

import asyncio
import json
import logging
import random
from pathlib import Path
from typing import Any

import pytest

from bots.messages import Place, Reader
from feedback.conversation import WaitingLimits
from feedback.holdings import Holdings
from feedback.store import Store
from generation.forms import FORMS
from generation.sampling import Sampling
from generation.screening import Screen
from tests.bots.slack_running import serving
from tests.bots.test_slack_hostile import AT_ONCE, send, spoilt, templates
from tests.bots.test_slack_http import mention
from tests.deadline import until
from tests.fakes.slack import SlackServer
from tests.worker.broker_running import running_broker
from tests.worker.test_talk import Talk
from worker.inbox import SqlInbox
from worker.reader_accounts import SqlReaders
from worker.reply_feed import LiveReplyFeed
from worker.shared_seen import SharedSeen

REQUESTS = 320
U1 = ("slack", "T1", "U1")


def requests_about(piece: int, rng: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """Some of them as Slack sends them, the others spoilt; about a piece that is there."""

    def about(body: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(body).replace('"12"', f'"{piece}"')
        changed: dict[str, Any] = json.loads(text.replace('completion\\": 12', f'completion\\": {piece}'))
        return changed

    harmless = [(kind, body) for kind, body in templates() if "data_erase" not in json.dumps(body)]
    whole = [(kind, about(body)) for kind, body in harmless]
    return [*whole, *((kind, about(spoilt(body, rng))) for kind, body in rng.choices(harmless, k=REQUESTS))]


@pytest.mark.parametrize("remembered", [True, False], ids=["", "without the broker"])
async def test_whatever_comes_leaves_the_rows_whole_and_changes_nothing_the_second_time(
    remembered: bool,
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.WARNING)
    piece = Talk(store).write("a haiku about rain", Reader(*U1), Place("slack", "T1", "C1", "1.0"))
    inbox = SqlInbox(
        store, lambda _: True, lambda _: None,
        forms=FORMS, max_prompt_chars=2000, sampling=Sampling(), screen=Screen(),
        limits=WaitingLimits(in_all=10 * REQUESTS, per_reader=10 * REQUESTS),
    )  # fmt: skip
    requests = requests_about(piece, random.Random(9))
    held: list[Holdings] = []
    with running_broker(tmp_path) as broker:
        feed, readers = LiveReplyFeed(store, broker.url), SqlReaders(store, tmp_path, lambda _: None)
        async with SlackServer.started() as slack:
            for _ in range(2):  # As before and after a restart.
                seen = SharedSeen("slack", broker.url)
                async with serving(slack, inbox, feed=feed, readers=readers, seen=seen) as post:
                    for at in range(0, len(requests), AT_ONCE):
                        batch = [send(post, kind, body) for kind, body in requests[at : at + AT_ONCE]]
                        assert set(await asyncio.gather(*batch)) == {200}
                    answers = len(slack.bot_messages)
                    await post.event(mention(slack, "a poem about the sea"))
                    await until(lambda n=answers: len(slack.bot_messages) > n, "a placeholder")  # type: ignore[misc]
                await seen.aclose()
                if not remembered:
                    broker.stop()
                held.append(store.erasure.holdings(*U1))

    logged = capsys.readouterr().out + caplog.text
    first, second = held
    assert min(first.prompts, first.ratings, first.demonstrations) > 0
    assert (second.prompts, second.ratings, second.preferences, second.demonstrations) == (
        first.prompts + 1,  # The sea.
        first.ratings,
        first.preferences,
        first.demonstrations,
    )
    assert not any(word in logged for word in ("Traceback", "was dropped", "never retrieved"))
