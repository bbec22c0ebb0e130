"""Turns and erasure through the whole service, with its writer in a process of its own."""

import json

from bots.messages import Failed, Incoming, Place, Reply
from bots.terminal import reader_named
from tests.worker.conftest import Service, until
from tests.worker.test_one_prompts_way import ending

PLACE = Place("terminal", "", "dora")


def ask(service: Service, key: str, reader: str, text: str = "a quatrain about fog") -> int:
    incoming = Incoming(f"privacy:{key}", PLACE, reader_named(reader), text)
    return service.parts.inbox.ask(incoming).prompt_id


def test_prompts_of_one_reader_are_written_one_after_the_other_and_none_is_lost(service: Service) -> None:
    until(service.writer_ready, "writer")
    store = service.parts.store
    prompts = [ask(service, f"turn {number}", "dora", "a slogan for fog") for number in range(4)]
    at_once: list[int] = []

    def all_written() -> bool:
        states = [store.prompts.state(prompt).status for prompt in prompts]
        at_once.append(states.count("writing"))
        return states == ["written"] * len(prompts)

    until(all_written, "written")
    assert max(at_once) == 1


def test_a_reader_who_is_erased_is_gone_and_what_was_being_written_ends(service: Service) -> None:
    until(service.writer_ready, "writer")
    parts = service.parts
    written = service.chat("a slogan for tea", "--reader", "eve")
    under_way = ask(service, "eve", "eve", "a story about a secret letter")
    until(lambda: parts.store.prompts.state(under_way).status == "writing", "writing")
    shown = service.rhapsode("data", "show", "terminal", "", "eve")
    assert "secret letter" in shown.stdout
    done = service.rhapsode("data", "erase", "terminal", "", "eve", "--yes", "--json")
    erased = json.loads(done.stdout)
    assert (erased["stored"]["prompts"], erased["stored"]["completions"]) == (2, 1)
    assert ending(parts, under_way) == [Failed(under_way, "cancelled")]
    assert service.rhapsode("rate", str(written["completion_id"]), "up").returncode == 1
    assert json.loads(service.rhapsode("data", "show", "terminal", "", "eve").stdout) == {"reader": None}
    assert isinstance(ending(parts, ask(service, "after", "dora", "a slogan for tea"))[-1], Reply)


def test_nothing_is_erased_without_a_yes(service: Service) -> None:
    service.chat("a slogan for tea", "--reader", "fay")
    refused = service.rhapsode("data", "erase", "terminal", "", "fay")
    assert refused.returncode == 1
    assert "1 prompts, 1 completions" in refused.stdout
    assert service.parts.readers.stored(reader_named("fay")).prompts == 1
    unknown = service.rhapsode("data", "erase", "discord", "", "fay", "--yes")
    assert "'discord' is no platform" in unknown.stderr
