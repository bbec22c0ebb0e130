"""From a request to one whole text, through everything that can go wrong on the way."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from bots.messages import Event, Failed, Incoming, Place, Reply, Snapshot
from bots.terminal import reader_named
from tests.worker.conftest import Service, until
from worker.parts import Parts


def ask(parts: Parts, key: str, text: str = "a quatrain about a lighthouse") -> int:
    reader = reader_named("ann")
    return parts.inbox.ask(Incoming(f"test:{key}", Place("terminal", "", "ann"), reader, text)).prompt_id


def ending(parts: Parts, prompt_id: int) -> list[Event]:
    async def collect() -> list[Event]:
        return [event async for event in parts.feed.follow(prompt_id)]

    return asyncio.run(asyncio.wait_for(collect(), 150))


def first_words(parts: Parts, prompt_id: int) -> None:
    """Return once the prompt is being written."""
    until(lambda: parts.store.prompts.state(prompt_id).status == "writing", "writing")


def test_a_request_becomes_one_whole_text_with_its_provenance(service: Service) -> None:
    reply = service.chat("a haiku about rain")
    wanted = {
        "prompt_id",
        "completion_id",
        "text",
        "form",
        "model_version",
        "seed",
        "tokens",
        "ttft_ms",
        "total_ms",
        "mark",
    }
    assert reply.keys() == wanted
    assert reply["form"] == "haiku"
    assert reply["model_version"].startswith("base-")
    assert reply["text"].strip()


def test_the_same_identity_four_times_at_once_gives_one_completion(service: Service) -> None:
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: service.chat("a slogan for bread", "--key", "same"), range(4)))
    assert len({reply["completion_id"] for reply in replies}) == 1
    assert len({reply["text"] for reply in replies}) == 1


def test_another_reader_with_the_same_key_gets_a_text_of_their_own(service: Service) -> None:
    ours = service.chat("a slogan for tea", "--key", "k", "--reader", "ann")
    theirs = service.chat("a slogan for tea", "--key", "k", "--reader", "bob")
    assert ours["prompt_id"] != theirs["prompt_id"]


def test_the_text_is_watched_while_it_is_written(service: Service) -> None:
    parts = service.parts
    events = ending(parts, ask(parts, "watched"))
    texts = [event.text for event in events if isinstance(event, Snapshot)]
    assert len(texts) > 2
    assert isinstance(events[-1], Reply)
    # Of several candidates the first is watched, and another one may be kept.
    assert all(later.startswith(earlier.strip()) for earlier, later in pairwise(texts))


def test_a_writer_that_is_killed_while_writing_leaves_exactly_one_whole_text(service: Service) -> None:
    parts = service.parts
    prompt_id = ask(parts, "killed")
    first_words(parts, prompt_id)
    service.child("writer").send_signal(signal.SIGKILL)
    events = ending(parts, prompt_id)
    assert [type(event) for event in events if not isinstance(event, Snapshot)] == [Reply]
    assert service.said(r"writer stopped \(signal SIGKILL\); starting it again")


def test_a_prompt_asked_while_the_broker_is_away_is_written_when_it_is_back(service: Service) -> None:
    until(service.writer_ready, "writer")
    parts = service.parts
    broker = service.child("valkey")
    broker.send_signal(signal.SIGKILL)
    broker.wait(10)
    accepted = parts.inbox.ask(
        Incoming("test:away", Place("terminal", "", "ann"), reader_named("ann"), "a slogan for tea")
    )
    assert (accepted.new, accepted.queued) == (True, False)
    assert isinstance(ending(parts, accepted.prompt_id)[-1], Reply)


def test_a_cancelled_prompt_ends_as_cancelled_and_has_no_text(service: Service) -> None:
    until(service.writer_ready, "writer")
    parts = service.parts
    prompt_id = ask(parts, "cancelled")
    first_words(parts, prompt_id)
    assert parts.inbox.cancel(reader_named("ann"), prompt_id)
    assert ending(parts, prompt_id)[-1] == Failed(prompt_id, "cancelled")
    assert parts.store.prompts.state(prompt_id).answer is None


def test_nobody_cancels_the_prompt_of_another_reader(service: Service) -> None:
    parts = service.parts
    prompt_id = ask(parts, "kept", "a slogan for tea")
    assert not parts.inbox.cancel(reader_named("bob"), prompt_id)
    assert isinstance(ending(parts, prompt_id)[-1], Reply)


def test_a_rating_flips_clears_and_refuses_what_was_never_written(service: Service) -> None:
    number = str(service.chat("a slogan for tea")["completion_id"])
    assert "more like this" in service.rhapsode("rate", number, "up", "--reader", "ann").stdout
    assert "less like this" in service.rhapsode("rate", number, "down", "--reader", "ann").stdout
    assert "taken back" in service.rhapsode("rate", number, "clear", "--reader", "ann").stdout
    unknown = service.rhapsode("rate", "999999", "up")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
