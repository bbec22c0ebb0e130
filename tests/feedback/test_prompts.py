"""A prompt is accepted once, held by one writer, and finished once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedback.buckets import BUCKETS, split_bucket
from feedback.records import Answer, ClaimedPrompt, GivenUp, LeaseLost, UnknownRow
from feedback.store import Store
from tests.feedback.pieces import COMPLETION, PROMPT, asked, at_once, claimed, written
from tests.feedback.places import Place

LAPSED = -1.0  # A lease, in seconds, that has run out when it begins.


def test_the_same_request_is_the_same_prompt(store: Store) -> None:
    assert store.prompts.accept(PROMPT) == (1, True)
    assert store.prompts.accept(replace(PROMPT, theme="snow")) == (1, False)
    assert store.prompts.waiting() == 1


def test_eight_deliveries_of_one_request_make_one_prompt(store: Store, place: Place) -> None:
    outcomes = at_once(lambda _: store.prompts.accept(PROMPT))
    assert sorted(new for _, new in outcomes) == [False] * 7 + [True]  # type: ignore[misc]
    assert place.rows("SELECT count(*) FROM prompt") == [(1,)]
    assert place.rows("SELECT count(*) FROM reader") == [(1,)]


def test_eight_writers_get_one_prompt_once(store: Store) -> None:
    prompt_id = asked(store)
    claims = at_once(lambda _: store.prompts.claim(prompt_id, 60, 3))
    assert [type(claim) for claim in claims if claim is not None] == [ClaimedPrompt]


def test_a_claim_carries_what_is_to_be_written(store: Store) -> None:
    claim = store.prompts.claim(asked(store, theme="snow"), 60, 3)
    assert claim is not None
    assert (claim.form, claim.theme, claim.language, claim.attempts) == ("haiku", "snow", "en", 1)
    assert claim.sampling == {"temperature": 0.7}


def test_a_lapsed_lease_passes_on_and_the_late_writer_is_refused(store: Store) -> None:
    prompt_id = asked(store)
    first = store.prompts.claim(prompt_id, LAPSED, 3)
    second = store.prompts.claim(prompt_id, 60, 3)
    assert first is not None
    assert second is not None
    assert second.attempts == 2

    with pytest.raises(LeaseLost):
        store.prompts.finish(prompt_id, first.lease, COMPLETION)
    assert not store.prompts.fail(prompt_id, first.lease, "writing-failed")
    assert not store.prompts.release(prompt_id, first.lease)
    answer = store.prompts.finish(prompt_id, second.lease, COMPLETION)
    assert store.prompts.state(prompt_id).answer == answer


def test_eight_finishes_leave_one_completion(store: Store, place: Place) -> None:
    prompt_id, lease = claimed(store)
    outcomes = at_once(lambda _: store.prompts.finish(prompt_id, lease, COMPLETION))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Answer"] + ["LeaseLost"] * 7
    assert place.rows("SELECT count(*) FROM completion") == [(1,)]


def test_a_held_prompt_cannot_be_claimed(store: Store) -> None:
    prompt_id, _ = claimed(store)
    assert store.prompts.claim(prompt_id, 60, 3) is None
    assert store.prompts.state(prompt_id).status == "writing"


def test_after_the_last_attempt_a_prompt_has_failed(store: Store) -> None:
    prompt_id = asked(store)
    for _ in range(2):
        assert store.prompts.claim(prompt_id, LAPSED, 2) is not None
    with pytest.raises(GivenUp) as told:
        store.prompts.claim(prompt_id, 60, 2)
    assert (told.value.platform, told.value.reason) == ("terminal", "writing-failed")
    assert store.prompts.claim(prompt_id, 60, 2) is None  # It is told once.
    state = store.prompts.state(prompt_id)
    assert (state.status, state.failure, state.answer) == ("failed", "writing-failed", None)
    assert store.prompts.due(timedelta(0)) == []


def test_a_released_prompt_waits_again_with_no_attempt_counted(store: Store) -> None:
    prompt_id, lease = claimed(store)
    assert store.prompts.release(prompt_id, lease)
    again = store.prompts.claim(prompt_id, 60, 1)
    assert again is not None
    assert again.attempts == 1


def test_renewing_tells_which_prompts_are_still_ours(store: Store) -> None:
    (kept, lease), (lost, old) = claimed(store), claimed(store)
    store.prompts.cancel(lost, "terminal", "", "ada")
    assert store.prompts.renew({kept: lease, lost: old, 999: "x"}, 60) == {kept}
    assert store.prompts.renew({kept: "another's"}, 60) == set()
    assert store.prompts.renew({}, 60) == set()


def test_a_renewed_lease_does_not_lapse(store: Store) -> None:
    prompt_id = asked(store)
    claim = store.prompts.claim(prompt_id, LAPSED, 3)
    assert claim is not None
    store.prompts.renew({prompt_id: claim.lease}, 60)
    assert store.prompts.claim(prompt_id, 60, 3) is None


def test_an_answer_names_its_version_and_seed(store: Store) -> None:
    answer = written(store, text="Rain")
    assert isinstance(answer, Answer)
    assert (answer.text, answer.model_version, answer.seed) == ("Rain", "base", 2**40)
    assert abs(datetime.now(UTC) - answer.created_at) < timedelta(minutes=1)
    assert store.prompts.state(answer.prompt_id).answer == answer


@pytest.mark.parametrize(
    ("checks", "mark"),
    [({}, ""), ({"form": {"score": 1}, "mark": "5-7-5 ✓"}, "5-7-5 ✓"), ({"form": ["as it used to be"]}, "")],
)
def test_an_answer_carries_the_mark_of_its_form(store: Store, checks: dict[str, object], mark: str) -> None:
    prompt_id, lease = claimed(store)
    answer = store.prompts.finish(prompt_id, lease, replace(COMPLETION, checks=checks))
    assert answer.mark == mark


def test_a_text_by_a_version_that_was_never_kept_is_refused_whole(store: Store) -> None:
    prompt_id, lease = claimed(store)
    with pytest.raises(UnknownRow):
        store.prompts.finish(prompt_id, lease, replace(COMPLETION, model_version="v9"))
    assert store.prompts.finish(prompt_id, lease, COMPLETION).model_version == "base"


def test_a_failed_prompt_carries_its_reason(store: Store) -> None:
    prompt_id, lease = claimed(store)
    assert store.prompts.fail(prompt_id, lease, "writing-failed")
    assert store.prompts.state(prompt_id).failure == "writing-failed"


def test_only_its_own_reader_cancels_a_prompt(store: Store) -> None:
    prompt_id, lease = claimed(store)
    assert not store.prompts.cancel(prompt_id, "terminal", "", "bob")
    assert not store.prompts.cancel(prompt_id, "slack", "", "ada")
    assert store.prompts.cancel(prompt_id, "terminal", "", "ada")
    assert not store.prompts.cancel(prompt_id, "terminal", "", "ada")
    assert store.prompts.state(prompt_id).status == "cancelled"
    with pytest.raises(LeaseLost):
        store.prompts.finish(prompt_id, lease, COMPLETION)


def test_a_written_prompt_is_not_cancelled(store: Store) -> None:
    answer = written(store)
    assert not store.prompts.cancel(answer.prompt_id, "terminal", "", "ada")
    assert store.prompts.state(answer.prompt_id).status == "written"


def test_due_are_the_forgotten_and_the_abandoned(store: Store) -> None:
    waiting, abandoned = asked(store), asked(store)
    store.prompts.claim(abandoned, LAPSED, 3)
    claimed(store)
    written(store)
    assert store.prompts.due(timedelta(0)) == [waiting, abandoned]
    assert store.prompts.due(timedelta(hours=1)) == [abandoned]
    assert store.prompts.due(timedelta(0), limit=1) == [waiting]


def test_a_queued_prompt_is_due_when_its_job_is_not_fresh_any_more(store: Store) -> None:
    fresh, stale = asked(store), asked(store)
    store.prompts.queued(fresh, 60)
    store.prompts.queued(stale, LAPSED)
    assert store.prompts.due(timedelta(0)) == [stale]
    assert store.prompts.claim(fresh, 60, 3) is not None


def test_a_user_id_is_never_kept_in_clear(store: Store, place: Place) -> None:
    written(store, user="U-ada-4711")
    store.ratings.rate("terminal", "", "U-ada-4711", 1, 1, "button")
    everything = [
        row
        for table in ("reader", "prompt", "completion", "rating", "rating_event")
        for row in place.rows(f"SELECT * FROM {table}")  # noqa: S608
    ]
    assert "4711" not in repr(everything)


def test_one_person_is_another_reader_on_another_platform(store: Store, place: Place) -> None:
    for platform, workspace in [("slack", "T1"), ("slack", "T2"), ("telegram", "T1"), ("slack", "T1")]:
        asked(store, platform=platform, workspace=workspace)
    assert place.rows("SELECT count(*) FROM reader") == [(3,)]


@pytest.mark.parametrize("theme", ["Rain", " rain ", "RAIN!", "“rain”", "ｒａｉｎ"])
def test_small_rewordings_share_a_bucket(theme: str) -> None:
    assert split_bucket("haiku", theme) == split_bucket("haiku", "rain")


def test_buckets_are_spread_and_never_move() -> None:
    found = {split_bucket("haiku", f"theme {number}") for number in range(2000)}
    assert len(found) > 0.8 * BUCKETS
    assert min(found) >= 0
    assert max(found) < BUCKETS
    assert split_bucket("haiku", "🌧") != split_bucket("haiku", "☀")
    assert split_bucket("haiku", "rain") == 324
