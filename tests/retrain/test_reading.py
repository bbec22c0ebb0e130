"""What a run reads, before any model is loaded."""

from pathlib import Path

from feedback.store import Store
from generation.base_models import Base
from generation.manifest import base_name
from generation.originality import Corpus, Document, Originality
from retrain.config import Examination, RunConfig
from retrain.dataset import Minimums
from retrain.human_text import kept_for_judging
from retrain.reading import Begun, Reading
from retrain.selection import Selection
from retrain.yardsticks import Yardsticks
from tests.retrain.conftest import rate_pieces

CONFIG = RunConfig(
    selection=Selection(heldout_buckets=500, replay_share=0.9),
    minimums=Minimums(liked=1, liked_heldout=1, new_ratings=1),
    examination=Examination(passages=1000),
)
NAMES = [
    f"{first} {second}" for first in ("Ann", "Bob", "Cy") for second in ("Ash", "Elm", "Oak", "Yew", "Fir")
]


def test_no_copy_of_a_text_that_is_measured_on_is_learned_from(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    songs = [f"{name} rows to the island of {name} in the snow." for name in NAMES]
    copies = [f"{song} So it is said." for song in songs]
    poems = Originality(tmp_path / "originality")
    poems.add(Corpus("songs"), [Document(text) for text in (*songs, *copies)])
    rate_pieces(tiny_store, base_name(tiny_base), 24)
    run_id = tiny_store.runs.enqueue(CONFIG.as_dict())
    tiny_store.runs.start(run_id, "f")

    reading = Reading(tiny_store, CONFIG, run_id, "f", Yardsticks(originality=poems), lambda **_: None)
    begun = reading.begun(lambda _: base_name(tiny_base))

    assert isinstance(begun, Begun)
    held = {text for text in (*songs, *copies) if kept_for_judging(text, 500)}
    alone = [song for song, copy in zip(songs, copies, strict=True) if not {song, copy} & held]
    assert {text.text for text in begun.dataset.replay} & {*songs} == {*alone}
