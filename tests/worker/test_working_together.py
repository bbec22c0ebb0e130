"""Follow-ups and variants through the whole service, with the real model."""

from typing import Any

from sqlalchemy import text

from bots.messages import Incoming, Place, Reply, Variants
from bots.terminal import reader_named
from feedback.database import connect
from tests.worker.conftest import Service
from tests.worker.test_one_prompts_way import ending

PLACE = Place("terminal", "", "cleo")
CLEO = reader_named("cleo")


def rows(service: Service, query: str) -> list[tuple[Any, ...]]:
    engine = connect(service.parts.database_url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def ask(service: Service, key: str, said: str, **how: Any) -> Reply | Variants:
    accepted = service.parts.inbox.ask(Incoming(f"together:{key}", PLACE, CLEO, said, **how))
    end = ending(service.parts, accepted.prompt_id)[-1]
    assert isinstance(end, Reply | Variants)
    return end


def test_a_follow_up_is_written_with_its_piece_before_the_eyes(service: Service) -> None:
    piece = ask(service, "piece", "a poem about a lighthouse")
    assert isinstance(piece, Reply)
    shorter = ask(service, "shorter", "shorter", follow_up_of=piece.completion_id)
    assert isinstance(shorter, Reply)
    continued = ask(service, "on", "continue", follow_up_of=shorter.completion_id)
    assert isinstance(continued, Reply)
    read = [
        rows(service, f"SELECT prompt_tokens FROM completion WHERE id = {reply.completion_id}")[0][0]  # noqa: S608
        for reply in (piece, shorter, continued)
    ]
    assert shorter.form == "poem"
    assert shorter.tokens <= 0.75 * piece.tokens
    assert read[1] > read[0] + piece.tokens
    assert read[2] > read[1] + shorter.tokens


def test_three_variants_arrive_and_the_chosen_one_is_preferred(service: Service) -> None:
    variants = ask(service, "three", "3 variants of a slogan for tea")
    assert isinstance(variants, Variants)
    pieces = [reply.completion_id for reply in variants.replies]
    assert (len(set(pieces)), {reply.form for reply in variants.replies}) == (3, {"slogan"})
    assert len({reply.seed for reply in variants.replies}) == 3
    for part, reply in enumerate(variants.replies):
        service.parts.store.messages.sent(
            variants.prompt_id, "terminal", "cleo", f"3.{part}", part, reply.completion_id, last=part == 2
        )
    service.parts.inbox.prefer(CLEO, pieces[1])
    kept = rows(service, f"SELECT winner_id, loser_id FROM preference WHERE winner_id = {pieces[1]}")  # noqa: S608
    assert sorted(kept) == sorted([(pieces[1], pieces[0]), (pieces[1], pieces[2])])


def test_the_command_line_prints_variants(service: Service) -> None:
    reply = service.chat("a slogan for tea", "--variants", "2")
    assert [v["prompt_id"] for v in reply["variants"]] == [reply["prompt_id"]] * 2
