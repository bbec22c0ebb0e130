"""How much is written and how fast, how late it is shown, what failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feedback.store import Store
from feedback.store.traffic import Failures, middle_and_most
from feedback.tables import now
from tests.feedback.pieces import COMPLETION, asked, claimed, written

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("values", "told"),
    [([], None), ([3.0], (3.0, 3.0)), ([4.0, 1.0, 2.0], (2.0, 4.0)), (list(range(1, 101)), (50, 95))],
)
def test_the_middle_and_what_most_do_not_pass(values: list[float], told: object) -> None:
    assert middle_and_most(values) == told


def test_the_pace_is_that_of_what_was_just_written(store: Store) -> None:
    for ttft in (100.0, 300.0):
        store.prompts.finish(*claimed(store), replace(COMPLETION, ttft_ms=ttft, total_ms=2000.0))

    pace = store.traffic.pace(now() - HOUR)

    assert (pace.texts, pace.tokens) == (2, 2 * COMPLETION.tokens)
    assert (pace.first_token, pace.whole) == ((0.1, 0.3), (2.0, 2.0))
    assert store.traffic.pace(now() + HOUR).first_token is None


def test_delivery_lags_behind_by_platform(store: Store) -> None:
    shown = written(store, platform="slack")
    store.messages.sent(shown.prompt_id, "slack", "c1", "m1", 0, shown.completion_id, last=True)
    written(store, platform="telegram")
    store.messages.close(written(store, platform="slack").prompt_id, "channel_not_found")

    slack, telegram = store.traffic.lags(now() - HOUR)

    assert (slack.platform, slack.shown, slack.waiting, slack.given_up) == ("slack", 1, 0, 1)
    assert slack.seconds is not None
    assert 0 <= slack.seconds[0] < 60
    assert (telegram.platform, telegram.shown, telegram.seconds, telegram.waiting) == ("telegram", 0, None, 1)


def test_errors_are_grouped(store: Store) -> None:
    for _ in range(2):
        prompt_id, lease = claimed(store, platform="slack")
        store.prompts.fail(prompt_id, lease, "writing-failed")
    asked(store)
    run = store.runs.enqueue({})
    store.runs.start(run, "fence")
    store.runs.finish(run, "fence", "failed", ["no room on the disk"])

    newest, before = store.traffic.failures(now() - HOUR)

    assert (newest.what, newest.why, newest.count) == ("run", "no room on the disk", 1)
    assert before == Failures("prompt", "writing-failed", "slack", 2, before.last)
    assert now() - before.last < timedelta(minutes=5)
    assert store.traffic.failures(now() + HOUR) == []


def test_what_cannot_be_delivered_is_an_error_and_no_delivery(store: Store) -> None:
    lost, shown = (written(store, platform="slack") for _ in range(2))
    store.messages.close(lost.prompt_id, "channel_not_found")
    store.messages.sent(shown.prompt_id, "slack", "c1", "m1", 0, shown.completion_id, last=True)

    (failed,) = store.traffic.failures(now() - HOUR)

    assert failed == Failures("delivery", "channel_not_found", "slack", 1, failed.last)
    assert now() - failed.last < timedelta(minutes=5)
