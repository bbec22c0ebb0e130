"""What those who watch the service count: open prompts, deliveries, ends of runs."""

from datetime import UTC, datetime

from feedback.records import OpenPrompts
from feedback.store import Store
from tests.feedback.pieces import asked, written


def test_open_prompts_are_counted_by_platform_and_state(store: Store) -> None:
    asked(store)
    asked(store, platform="slack")
    store.prompts.claim(asked(store), 60, 3)
    shown, unshown = written(store), written(store)
    store.messages.sent(shown.prompt_id, "terminal", "c1", "m1", 0, shown.completion_id, last=True)

    assert unshown.prompt_id != shown.prompt_id
    assert store.open_work.prompts() == [
        OpenPrompts("slack", "waiting", 1),
        OpenPrompts("terminal", "undelivered", 1),
        OpenPrompts("terminal", "waiting", 1),
        OpenPrompts("terminal", "writing", 1),
    ]


def test_the_oldest_wait_is_that_of_whom_no_writer_has_taken(store: Store) -> None:
    assert store.open_work.waits_since() is None
    before = datetime.now(UTC)
    oldest, _ = asked(store), asked(store)
    store.prompts.claim(oldest, 60, 3)
    since = store.open_work.waits_since()

    assert since is not None
    assert before <= since <= datetime.now(UTC)


def test_a_delivery_knows_when_the_text_was_there_and_when_it_was_shown(store: Store) -> None:
    answer = written(store, traceparent="00-trace")
    assert store.deliveries.of(answer.prompt_id) is None
    store.messages.sent(answer.prompt_id, "terminal", "c1", "m1", 0, answer.completion_id, last=True)
    delivered = store.deliveries.of(answer.prompt_id)

    assert delivered is not None
    assert delivered.finished_at <= delivered.shown_at
    assert delivered.traceparent == "00-trace"


def test_runs_are_counted_by_their_end(store: Store) -> None:
    assert (store.runs.outcomes(), store.runs.last_ended(), store.runs.last_items()) == ({}, None, None)
    for status in ("failed", "rejected", "failed"):
        run = store.runs.enqueue({})
        store.runs.start(run, "mine")
        store.runs.save_snapshot(f"snapshot {run}", datetime.now(UTC), [])
        store.runs.finish(run, "mine", status, [])
    store.runs.enqueue({})
    last = store.runs.last_ended()

    assert store.runs.outcomes() == {"failed": 2, "rejected": 1}
    assert last is not None
    assert last.id == run
    assert store.runs.last_items() == 0
