"""Rated texts of other tools are kept once, whole, and learned from like those of a reader."""

import pytest

from feedback.records import NotPromotable
from feedback.store import Store
from feedback.store.imports import ImportedRequest, ImportedText
from feedback.tables import now
from tests.feedback.places import Place

LIKED = ImportedRequest("poem", "rain", "en", (ImportedText("Rain", 1.0),))
PAIR = ImportedRequest("haiku", "snow", "en", (ImportedText("Snow"), ImportedText("No snow")))


def test_texts_and_pairs_are_kept_once_and_learned_from(store: Store) -> None:
    assert store.imports.add("forum", [LIKED, PAIR]) == 2
    assert store.imports.add("forum", [LIKED, PAIR]) == 0
    (vote,) = store.lessons.votes(now())
    assert (vote.form, vote.theme, vote.value, vote.model_version) == ("poem", "rain", 1.0, "import forum")
    (pair,) = store.lessons.preferences(now())
    texts = store.lessons.written([pair.winner_id, pair.loser_id])
    assert (texts[pair.winner_id].text, texts[pair.loser_id].text) == ("Snow", "No snow")


def test_nothing_is_kept_if_one_cannot_be(store: Store, place: Place) -> None:
    bad = ImportedRequest("poem", "rain", "en", (ImportedText("Rain", 7.0),))
    with pytest.raises(Exception, match="rating_in_range"):
        store.imports.add("forum", [LIKED, bad])
    for table in ("prompt", "completion", "rating", "reader"):
        assert place.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


def test_a_source_is_no_version_to_promote_and_can_be_erased(store: Store) -> None:
    store.imports.add("forum", [LIKED, PAIR])
    with pytest.raises(NotPromotable):
        store.versions.promote("import forum", "by mistake")
    assert store.erasure.erase("import", "", "forum").holdings.prompts == 2
    assert list(store.lessons.votes(now())) == []
