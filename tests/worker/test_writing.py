"""A claimed prompt becomes its texts: all variants together, the failed left out, the cancelled stopped."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.display_order import display_order
from feedback.records import NewPrompt, NewVersion, PromptState
from feedback.store import Store
from generation.conversation import Ruler
from generation.engine import Engine, EngineClosed, EngineDied, Ticket, WritingFailed, WritingRequest, Written
from generation.forms import FORMS
from generation.originality import Originality
from generation.screening import Screen
from generation.selection import Judge
from worker.live_version import Place
from worker.signals import Publisher
from worker.writing import Writing, seed_of

VERSION = NewVersion("base", "a" * 64, "base", None, "tiny", "b" * 64, "c" * 64, "d" * 64, "candidate")
TEXTS = {seed_of(1, 0, variant): f"Rain {variant}" for variant in range(5)}
Outcome = Callable[[WritingRequest], str]


class PaperTicket:
    """Ends when all the texts that were to be written together have begun."""

    def __init__(self, engine: "PaperEngine", request: WritingRequest) -> None:
        self._engine, self._request = engine, request
        self._cancelled = threading.Event()

    def snapshots(self, every: float = 0.1) -> Iterator[str]:  # noqa: ARG002 - the engine's.
        yield f"{self._engine.outcome(self._request)} …"

    def result(self, timeout: float | None = None) -> Written:  # noqa: ARG002 - the engine's.
        if self._engine.endless:
            assert self._cancelled.wait(10)
            return self._written("", "cancelled")
        self._engine.together.wait(10)
        return self._written(self._engine.outcome(self._request), "stop")

    def _written(self, text: str, reason: str) -> Written:
        return Written(text, "base", self._request.seed, 5, 9, 1.0, 2.0, reason)

    def cancel(self) -> None:
        self._cancelled.set()


class PaperEngine:
    version = "base"

    def __init__(self, outcome: Outcome, together: int = 1, *, endless: bool = False) -> None:
        self.outcome, self.endless = outcome, endless
        self.together = threading.Barrier(together)
        self.requests: list[WritingRequest] = []

    def submit(self, request: WritingRequest) -> Ticket:
        self.requests.append(request)
        return PaperTicket(self, request)

    def close(self) -> None: ...


JUDGE = Judge(Screen(profanity=False, blocked=["Voldemort"]), Originality(Path("no such folder")))


class Champion:
    """No canary is tried."""

    def place_of(self, reader_id: int) -> Place:  # noqa: ARG002 - who writes for whom.
        return Place("champion", "base")


class Told(Publisher):
    """Keeps what would be published."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []

    def snapshot(self, prompt_id: int, text: str) -> None:
        self.told.append((prompt_id, text))

    def finished(self, prompt_id: int) -> None:
        self.told.append((prompt_id, "finished"))


def accept(store: Store, variants: int = 1) -> int:
    prompt = NewPrompt(
        "k", "terminal", "", "ann", "c", "", "", "en", "haiku", "rain", "en", {}, variants=variants
    )
    store.versions.add(VERSION)
    return store.prompts.accept(prompt)[0]


def writing(store: Store, engine: Engine, told: Told | None = None, at_once: int = 1, **more: Any) -> Writing:
    return Writing(
        store, lambda: engine, told or Told(), Ruler(8000, len), FORMS, JUDGE, Champion(),
        at_once=at_once, lease=60, max_attempts=3, snapshot_interval=0, **more,
    )  # fmt: skip


def written(store: Store, engine: PaperEngine, variants: int, told: Told | None = None) -> PromptState:
    prompt_id = accept(store, variants)
    writing(store, engine, told).write(prompt_id)
    return store.prompts.state(prompt_id)


def by_seed(request: WritingRequest) -> str:
    return TEXTS[request.seed]


def test_variants_are_written_together_each_from_its_own_seed(store: Store) -> None:
    state = written(store, PaperEngine(by_seed, together=3), 3)
    assert [answer.text for answer in state.answers] == [f"Rain {v}" for v in display_order(1, range(3))]
    assert [answer.seed for answer in state.answers] == [seed_of(1, 0, a.variant) for a in state.answers]


def test_the_variant_that_is_shown_first_is_the_one_that_is_watched(store: Store) -> None:
    told = Told()
    state = written(store, PaperEngine(by_seed, together=3), 3, told)
    assert told.told == [(1, f"{state.answers[0].text} …"), (1, "finished")]


def test_of_variants_those_that_fail_are_left_out(store: Store) -> None:
    def outcome(request: WritingRequest) -> str:
        if request.seed in {seed_of(1, 0, 0), seed_of(1, 0, 2)}:
            raise WritingFailed("NaN")
        return TEXTS[request.seed]

    state = written(store, PaperEngine(outcome), 3)
    assert (state.status, [answer.text for answer in state.answers]) == ("written", ["Rain 1"])


@pytest.mark.parametrize("variants", [1, 3])
def test_if_all_fail_the_prompt_fails(store: Store, variants: int) -> None:
    def outcome(_: WritingRequest) -> str:
        raise WritingFailed("NaN")

    state = written(store, PaperEngine(outcome), variants)
    assert (state.status, state.failure) == ("failed", "writing-failed")


@pytest.mark.parametrize("variants", [1, 3])
def test_an_engine_that_stops_leaves_the_prompt_to_the_next_writer(store: Store, variants: int) -> None:
    def outcome(request: WritingRequest) -> str:
        if request.seed == seed_of(1, 0):
            raise EngineClosed
        return TEXTS[request.seed]

    assert written(store, PaperEngine(outcome), variants).status == "waiting"
    writing(store, PaperEngine(by_seed)).write(1)
    assert len(store.prompts.state(1).answers) == variants


def test_a_blank_variant_is_tried_again_with_another_seed(store: Store) -> None:
    engine = PaperEngine(
        lambda request: TEXTS.get(request.seed, "Snow") if request.seed != seed_of(1, 0) else ""
    )
    state = written(store, engine, 2)
    assert sorted((answer.variant, answer.text) for answer in state.answers) == [(0, "Snow"), (1, "Rain 1")]


def test_a_cancelled_prompt_stops_all_its_variants(store: Store) -> None:
    prompt_id, engine = accept(store, 3), PaperEngine(by_seed, endless=True)
    here = writing(store, engine)
    task = threading.Thread(target=here.write, args=[prompt_id])
    task.start()
    while len(engine.requests) < 3 and task.is_alive():
        task.join(0.01)
    store.prompts.cancel(prompt_id, "terminal", "", "ann")
    here.cancel(prompt_id)
    task.join(10)
    assert not task.is_alive()
    assert (store.prompts.state(prompt_id).status, store.prompts.state(prompt_id).answers) == (
        "cancelled",
        (),
    )


def test_seeds_of_first_texts_are_what_they_were_before_there_were_variants() -> None:
    assert seed_of(1, 0) == seed_of(1, 0, 0)
    assert len({seed_of(prompt, 0, variant) for prompt in range(50) for variant in range(5)}) == 250


def accept_more(store: Store, key: str, user: str = "ann") -> int:
    return store.prompts.accept(
        NewPrompt(key, "terminal", "", user, "c", "", "", "en", "haiku", "rain", "en", {})
    )[0]


def test_while_one_of_a_reader_is_written_the_next_waits_and_then_has_its_turn(store: Store) -> None:
    first, queued = accept(store), list[int]()
    second, bobs = accept_more(store, "second"), accept_more(store, "third", "bob")
    engine = PaperEngine(lambda _: "Rain", endless=True)
    here = writing(store, engine, running=1, queue=queued.append)
    task = threading.Thread(target=here.write, args=[first])
    task.start()
    while not engine.requests and task.is_alive():
        task.join(0.01)
    here.write(second)
    states = [store.prompts.state(prompt).status for prompt in (first, second)]
    assert (states, queued) == (["writing", "waiting"], [])
    engine.endless = False
    here.write(bobs)
    assert store.prompts.state(bobs).status == "written"
    store.prompts.cancel(first, "terminal", "", "ann")
    here.cancel(first)
    task.join(10)
    assert queued == [second]
    here.write(second)
    assert store.prompts.state(second).status == "written"
    assert queued == [second]  # Nobody waits any more.


def test_prompts_that_engines_died_with_are_at_last_written_one_by_one(store: Store) -> None:
    """So the one that they died of fails alone."""
    begun, die = threading.Event(), threading.Event()

    def dies(_: WritingRequest) -> str:
        begun.set()
        assert die.wait(10)
        raise EngineDied

    first = accept(store)
    second = accept_more(store, "second", "bob")
    die.set()
    for prompt_id in (first, second, first, second):
        writing(store, PaperEngine(dies)).write(prompt_id)
    begun.clear()
    die.clear()
    queued = list[int]()
    here = writing(store, PaperEngine(dies), queue=queued.append)
    task = threading.Thread(target=here.write, args=[first])
    task.start()
    assert begun.wait(10)
    here.write(second)
    assert [store.prompts.state(prompt).status for prompt in (first, second)] == ["writing", "waiting"]
    assert not queued
    die.set()
    task.join(10)
    assert queued == [second]
    for prompt_id in (first, second):  # The second has not lost its last try.
        writing(store, PaperEngine(lambda _: "Rain")).write(prompt_id)
    assert [store.prompts.state(prompt).status for prompt in (first, second)] == ["failed", "written"]


def test_an_engine_without_room_does_not_call_for_the_next(store: Store) -> None:
    def outcome(_: WritingRequest) -> str:
        raise EngineClosed

    first, queued = accept(store), list[int]()
    accept_more(store, "second")
    writing(store, PaperEngine(outcome), running=1, queue=queued.append).write(first)
    assert queued == []


def test_a_follow_up_of_a_piece_that_is_gone_fails_in_words(store: Store) -> None:
    store.versions.add(VERSION)
    lost = NewPrompt(
        "k", "terminal", "", "ann", "c", "", "", "en", "haiku", "rain", "en", {},
        parent_completion_id=99, kind="revise", instruction="shorter",
    )  # fmt: skip
    prompt_id = store.prompts.accept(lost)[0]
    writing(store, PaperEngine(by_seed)).write(prompt_id)
    assert store.prompts.state(prompt_id).failure == "writing-failed"
