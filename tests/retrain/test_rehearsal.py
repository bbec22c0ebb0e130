"""What is rehearsed: several drafts for requests of readers, and the best of each."""

from dataclasses import replace
from pathlib import Path

import pytest

from feedback.store import Store
from generation.base_models import Base
from generation.forms import FORMS
from generation.manifest import read_verified
from generation.screening import Objection, Screen
from generation.selection import Judge
from generation.versions import LoadedVersion, base_name
from retrain.config import Rehearsal
from retrain.dataset import Example
from retrain.drafts import Drafts
from retrain.pieces import written
from retrain.rehearsal import rehearsed
from retrain.requests import prompts_of
from retrain.run import run
from tests.retrain.conftest import rate_pieces
from tests.retrain.rows import example
from tests.retrain.test_run import SMALL

SIZE = Rehearsal(prompts=3, drafts=3, newness=0.0, batch=4)
EXAMPLES = [
    example(number, theme=theme) for number, theme in enumerate(("rain", "bread", "rain", "a kite", "snow"))
]


class Wordy:
    """A critic that likes the longest text best."""

    def liking(self, form: str, theme: str, text: str) -> float:  # noqa: ARG002
        return len(text) / 10_000

    def usualness(self, text: str) -> float:  # noqa: ARG002 - a rehearsal has its own measure of that.
        return 1.0


class Nothing(Screen):
    """Lets nothing be shown."""

    def objection(self, text: str) -> Objection:  # noqa: ARG002
        return Objection("blocked")


def merit(asked: tuple[str, str, str], text: str) -> float:
    form, theme, language = asked
    return Judge(Screen(), critic=Wordy()).judge(FORMS[form], theme, language, text).merit


def test_the_best_draft_of_each_prompt_is_learned_from(tiny: LoadedVersion) -> None:
    found = rehearsed(tiny, EXAMPLES, Judge(Screen(), critic=Wordy()), SIZE, FORMS)
    prompts = prompts_of(EXAMPLES, SIZE.prompts)
    assert [one.example.asked for one in found] == prompts
    texts = written(tiny, [asked for asked in prompts for _ in range(SIZE.drafts)], SIZE.seed, FORMS)
    for number, one in enumerate(found):
        piece = one.example
        drafts = texts[number * SIZE.drafts :][: SIZE.drafts]
        assert piece.text in drafts
        assert merit(piece.asked, piece.text) == max(merit(piece.asked, draft) for draft in drafts)
        assert (piece.liked, piece.split, piece.kind, piece.model_version) == (
            True,
            "train",
            "rehearsed",
            tiny.name,
        )
        assert written(tiny, [piece.asked], one.seed, FORMS) == [piece.text]
        assert one.merit == merit(piece.asked, piece.text)
        assert one.asked_by in [e.completion_id for e in EXAMPLES if e.asked == piece.asked]


def test_of_equal_drafts_the_one_that_says_what_no_piece_says_is_learned_from(
    tiny: LoadedVersion, tmp_path: Path
) -> None:
    said = ["The rain is on the roof again.", "A crumb of bread for every wren."]
    size = Rehearsal(prompts=2, drafts=3, batch=4)
    first = prompts_of(EXAMPLES, size.prompts)[0]
    drafts = Drafts.of(tmp_path, "a" * 64, every=0)
    for text in (
        said[0],
        "The kettle hums on the stove.",
        said[0],
        "The kettle hums on the stove.",
        *said[1:],
        said[0],
    ):
        drafts.add(text)
    rows = [example(1, theme=first[1], text=said[0]), *EXAMPLES[1:]]
    found = rehearsed(tiny, rows, Judge(Screen()), size, FORMS, drafts=drafts)
    assert [one.example.text for one in found] == ["The kettle hums on the stove.", said[1]]


def test_the_same_is_rehearsed_again_whatever_order_the_rows_come_in(tiny: LoadedVersion) -> None:
    one, other = (
        rehearsed(tiny, rows, Judge(Screen(), critic=Wordy()), replace(SIZE, newness=1.0, batch=batch), FORMS)
        for rows, batch in ((EXAMPLES, 4), (EXAMPLES[::-1], 9))
    )
    assert [piece.example.text for piece in one] == [piece.example.text for piece in other]


def test_drafts_that_are_written_already_are_not_written_again(tiny: LoadedVersion, tmp_path: Path) -> None:
    judge = Judge(Screen(), critic=Wordy())
    drafts = Drafts.of(tmp_path, "a" * 64, every=0)
    for number in range(4):
        drafts.add(f"Draft {number} of an earlier process.")
    again = Drafts.of(tmp_path, "a" * 64, every=0)
    assert again.texts == drafts.texts
    rehearsed(tiny, EXAMPLES, judge, SIZE, FORMS, drafts=again)
    asked = [asked for asked in prompts_of(EXAMPLES, SIZE.prompts) for _ in range(SIZE.drafts)]
    assert again.texts == drafts.texts + written(tiny, asked[4:], SIZE.seed + 4, FORMS)
    assert Drafts.of(tmp_path, "a" * 64, every=0).texts == again.texts
    assert Drafts.of(tmp_path, "b" * 64, every=0).texts == []
    assert not again.kept.file.exists()  # They may hold readers' words, and nobody goes on with them.


def test_what_must_not_be_shown_is_not_learned(tiny: LoadedVersion) -> None:
    assert rehearsed(tiny, EXAMPLES, Judge(Nothing(), critic=Wordy()), SIZE, FORMS) == []


def test_nothing_is_learned_where_every_draft_repeats_an_example(tiny: LoadedVersion, tmp_path: Path) -> None:
    (shown,) = FORMS["quatrain"].examples
    drafts = Drafts.of(tmp_path, "a" * 64, every=0)
    for text in [shown.text] * SIZE.drafts + [shown.text, "The kettle hums.", shown.text]:
        drafts.add(text)
    size = replace(SIZE, prompts=2)
    found = rehearsed(tiny, EXAMPLES, Judge(Screen(), critic=Wordy()), size, FORMS, drafts=drafts)
    assert [one.example.text for one in found] == ["The kettle hums."]


@pytest.mark.parametrize("drafts", [0, 1])
def test_without_a_choice_nothing_is_rehearsed(tiny: LoadedVersion, drafts: int) -> None:
    assert rehearsed(tiny, EXAMPLES, Judge(Screen()), replace(SIZE, drafts=drafts), FORMS) == []


@pytest.mark.parametrize(("pieces", "proven"), [(12, False), (160, True)])
def test_a_run_rehearses_once_its_critic_is_proven(
    pieces: int, proven: bool, tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), pieces)
    config = replace(SMALL, rehearsal=SIZE)
    seen: list[str] = []
    outcome = run(
        tiny_store, tmp_path / "models", tiny_base, config,
        run_id=tiny_store.runs.enqueue(config.as_dict()), fence="f",
        progress=lambda now: seen.append(str(now["stage"])),
    )  # fmt: skip
    assert outcome.candidate is not None
    assert ("rehearsing" in seen) is proven
    manifest = read_verified(tmp_path / "models", outcome.candidate, tiny_base)
    rows = manifest.lineage["rehearsed"]
    assert len(rows) == manifest.metrics["rehearsed"] == (SIZE.prompts if proven else 0)
    origin = tiny_store.lineage.of_version(outcome.candidate)
    assert {row["completion"] for row in rows} <= set(origin.rows)
    assert not list((tmp_path / "models").glob(".training/*/drafts.json"))


def test_the_requests_are_the_same_on_any_machine() -> None:
    themes: list[Example] = [example(number, theme=str(number)) for number in range(9)]
    assert [asked[1] for asked in prompts_of(themes, 4)] == [
        asked[1] for asked in prompts_of(themes[::-1], 4)
    ]
