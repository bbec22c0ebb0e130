"""The counts that the database keeps are what counting would give, whatever happens to the rows."""

import random

from sqlalchemy import text

from feedback.store import Store
from tests.feedback.pieces import at_once, rate, variants, written
from tests.feedback.places import Place

COUNTED = {
    "prompts": "SELECT count(*) FROM prompt",
    "completions": "SELECT count(*) FROM completion",
    "readers": "SELECT count(*) FROM reader",
    "ratings_up": "SELECT count(*) FROM rating WHERE revoked_at IS NULL AND value > 0",
    "ratings_down": "SELECT count(*) FROM rating WHERE revoked_at IS NULL AND value < 0",
}


def kept(place: Place) -> dict[str, int]:
    rows = dict(place.rows("SELECT name, sum(count) FROM tally GROUP BY name"))
    return {name: int(rows.get(name, 0)) for name in COUNTED}


def counted(place: Place) -> dict[str, int]:
    return {name: place.rows(str(text(query)))[0][0] for name, query in COUNTED.items()}


def test_counts_follow_every_vote_and_withdrawal_and_erasure(store: Store, place: Place) -> None:
    draw = random.Random(4)
    pieces = [written(store, user=draw.choice("abc")).completion_id for _ in range(6)]
    pieces += [answer.completion_id for answer in variants(store, 3, user="d")]
    for _ in range(60):
        value = draw.choice([1.0, -1.0, 0.0, 0.5, None])
        rate(store, draw.choice(pieces), value, user=draw.choice("abcd"), toggle=draw.random() < 0.3)
    assert kept(place) == counted(place)
    assert kept(place)["ratings_up"] > 0
    store.erasure.erase("terminal", "", "a")
    assert kept(place) == counted(place)


def test_counts_hold_when_many_vote_at_once(store: Store, place: Place) -> None:
    piece = written(store).completion_id
    done = at_once(
        lambda n: [rate(store, piece, (-1.0) ** (n + turn), user=f"u{n % 3}") for turn in range(5)]
    )
    assert [failed for failed in done if isinstance(failed, Exception)] == []
    assert kept(place) == counted(place)
    assert place.rows("SELECT count(*) FROM rating") == [(3,)]
    assert place.rows("SELECT count(*) FROM rating_event") == [(40,)]
