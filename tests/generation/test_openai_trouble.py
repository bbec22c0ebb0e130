"""What a server does wrong ends in one sentence, or in another try, and never in silence."""

import socket
from dataclasses import replace

import pytest

from generation.engine import EngineClosed, WritingFailed, WritingRequest
from generation.openai_engine import OpenAIEngine
from generation.openai_server import OpenAIServer, ServerAddress
from generation.openai_trouble import Answer, ServerTrouble, kind_of, trouble_of
from generation.prompts import ChatMessage
from generation.sampling import Sampling
from tests.deadline import DEADLINE
from tests.fakes.vllm import BASE, KEY, FakeVllm
from tests.generation.openai_running import QUICK, asked, engine_on


@pytest.mark.parametrize("fault", ["500", "503", "429", "break before"])
def test_before_the_first_piece_another_try_is_made(vllm: FakeVllm, remote: OpenAIEngine, fault: str) -> None:
    vllm.faults.append(fault)
    assert remote.submit(asked()).result(DEADLINE).text == vllm.text
    assert len(vllm.asked) == 2


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("break", "the connection to the server broke; the text had begun"),
        ("malformed", "the server's stream cannot be read; the text had begun"),
        ("reported", "the server reports an error in its stream; the text had begun"),
    ],
)
def test_after_the_first_piece_the_text_fails_with_one_sentence(
    vllm: FakeVllm, remote: OpenAIEngine, fault: str, sentence: str
) -> None:
    vllm.faults.append(fault)
    with pytest.raises(WritingFailed) as failed:
        remote.submit(asked()).result(DEADLINE)
    assert str(failed.value) == sentence
    assert len(vllm.asked) == 1


def test_what_breaks_behind_the_end_of_a_text_does_not_harm_it(vllm: FakeVllm, remote: OpenAIEngine) -> None:
    vllm.faults.append("break behind")
    assert remote.submit(asked()).result(DEADLINE).text == vllm.text


def test_tries_are_bounded_and_a_failing_server_fails_the_text(vllm: FakeVllm, remote: OpenAIEngine) -> None:
    vllm.faults.extend(["500"] * 9)
    with pytest.raises(WritingFailed, match=r"^the server failed \(500 InternalServerError\)$"):
        remote.submit(asked()).result(DEADLINE)
    assert len(vllm.asked) == QUICK.attempts


def test_a_busy_server_lets_the_prompt_wait(vllm: FakeVllm, remote: OpenAIEngine) -> None:
    vllm.faults.extend(["503"] * 9)
    with pytest.raises(EngineClosed, match="busy or away"):
        remote.submit(asked()).result(DEADLINE)


def test_a_server_that_is_down_lets_the_prompt_wait() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with (
            engine_on(f"http://127.0.0.1:{taken.getsockname()[1]}") as engine,
            pytest.raises(EngineClosed, match="cannot be reached: check openai_url"),
        ):
            engine.submit(asked()).result(DEADLINE)


def test_a_silent_server_lets_the_prompt_wait(vllm: FakeVllm) -> None:
    vllm.faults.extend(["hang"] * 3)
    hasty = replace(QUICK, silence=0.2, attempts=2)
    with (
        engine_on(vllm.url, patience=hasty) as engine,
        pytest.raises(EngineClosed, match="does not answer in time"),
    ):
        engine.submit(asked()).result(DEADLINE)


def test_a_text_that_takes_too_long_is_given_up(vllm: FakeVllm) -> None:
    vllm.holding = True
    with (
        engine_on(vllm.url, patience=replace(QUICK, whole=0.3)) as engine,
        pytest.raises(WritingFailed, match="takes too long"),
    ):
        engine.submit(asked()).result(DEADLINE)


def test_a_wrong_key_names_the_setting_and_not_the_key(vllm: FakeVllm) -> None:
    with engine_on(vllm.url, key="hush") as engine, pytest.raises(WritingFailed) as failed:
        engine.submit(asked()).result(DEADLINE)
    assert "check openai_api_key" in str(failed.value)
    assert "hush" not in f"{failed.value!r} {ServerAddress(vllm.url, BASE, 'hush')!r}"


def test_an_unknown_model_names_the_setting(vllm: FakeVllm) -> None:
    with (
        engine_on(vllm.url, model="org/other") as engine,
        pytest.raises(WritingFailed, match=r"does not know the model 'org/other'.*check openai_model"),
    ):
        engine.submit(asked()).result(DEADLINE)


def test_a_server_that_refuses_the_extra_fields_is_asked_without_them_from_then_on(
    vllm: FakeVllm, remote: OpenAIEngine
) -> None:
    vllm.strict = True
    for _ in range(2):
        assert remote.submit(asked(sampling=Sampling())).result(DEADLINE).text == vllm.text
    assert len(vllm.asked) == 2
    assert all(body.keys().isdisjoint({"repetition_penalty", "chat_template_kwargs"}) for body in vllm.asked)


def test_a_model_without_system_turns_is_told_the_same_by_the_user(
    vllm: FakeVllm, remote: OpenAIEngine
) -> None:
    vllm.no_system = True
    messages = [ChatMessage(role=role, content=f"{role}!") for role in ("system", "user")]
    for _ in range(2):
        assert remote.submit(WritingRequest(messages, 7, 100)).result(DEADLINE).text == vllm.text
    assert [body["messages"] for body in vllm.asked] == 2 * [
        [{"role": "user", "content": "system!\n\nuser!"}]
    ]
    assert "repetition_penalty" in vllm.asked[0]


def test_one_text_that_fails_leaves_the_others_alone(vllm: FakeVllm, remote: OpenAIEngine) -> None:
    vllm.holding = True
    healthy = remote.submit(asked())
    next(iter(healthy.snapshots()))
    vllm.faults.append("400")
    with pytest.raises(WritingFailed):
        remote.submit(asked(sampling=Sampling())).result(DEADLINE)
    vllm.let_go()
    assert healthy.result(DEADLINE).text == vllm.text


def test_a_prompt_that_is_refused_costs_one_request_and_the_others_nothing(
    vllm: FakeVllm, remote: OpenAIEngine
) -> None:
    assert remote.submit(asked(sampling=Sampling())).result(DEADLINE).text == vllm.text
    vllm.faults.append("400")  # The next would pass, as a prompt may that only just does not fit.
    with pytest.raises(WritingFailed):
        remote.submit(asked(sampling=Sampling())).result(DEADLINE)
    assert remote.submit(asked(sampling=Sampling())).result(DEADLINE).text == vllm.text
    assert vllm.asked[-1].keys() == vllm.asked[0].keys()


async def test_a_page_that_is_no_api_is_said_to_be_none(vllm: FakeVllm) -> None:
    server = OpenAIServer(ServerAddress(f"{vllm.url}/elsewhere", BASE, KEY), QUICK)
    with pytest.raises(ServerTrouble, match="check openai_model and openai_url"):
        await server.models()
    await server.close()


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ServerTrouble, match="check openai_url"):
        OpenAIServer(ServerAddress("http://host:port/v1", BASE), QUICK)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error": {"type": "NotFoundError", "code": 404}}', "NotFoundError"),
        (b'{"object": "error", "type": "BadRequestError", "message": "m"}', "BadRequestError"),
        (b'{"error": {"type": null, "code": "context_length_exceeded"}}', "context_length_exceeded"),
        (b'{"error": {"type": "a reader\'s own words"}}', ""),
        (b'{"error": "Unauthorized"}', ""),
        (b"[1]", ""),
        (b"<html>", ""),
        (b"\xff", ""),
    ],
)
def test_an_errors_name_is_taken_from_every_shape_and_nothing_else_is(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind


@pytest.mark.parametrize(
    ("status", "header", "again", "away"),
    [
        (400, None, False, False),
        (401, None, False, False),
        (404, None, False, False),
        (422, None, False, False),
        (429, "2", True, True),
        (429, "3600", False, True),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", True, True),
        (429, "-1", True, True),
        (429, "inf", True, True),
        (500, None, True, False),
        (503, None, True, True),
    ],
)
def test_what_a_status_means(status: int, header: str | None, again: bool, away: bool) -> None:
    trouble = trouble_of(Answer(status, b"", header), "m")
    assert (trouble.again, trouble.away) == (again, away)
