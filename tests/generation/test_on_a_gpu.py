"""The local engine on a GPU. Skipped where there is none: `test_cuda_pass.py` has what needs none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from transformers import PreTrainedTokenizerBase

from generation.base_models import Base
from generation.cuda_pass import CudaPass
from generation.forward_pass import Piece
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.sampling import Sampling
from generation.versions import LoadedVersion, base_name, load_tokenizer, load_version, ready
from tests.generation.test_engine import THEMES as FEW
from tests.generation.test_engine import alone, asked
from tests.generation.test_families import FAMILIES
from tests.generation.tiny import tiny_model

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

THEMES = (*FEW, "two cats", "a kettle", "the tide")


def loaded(base: Base, folder: pytest.TempPathFactory, dtype: torch.dtype) -> LoadedVersion:
    return load_version(folder.mktemp("models"), base_name(base), base, "cuda", dtype)


@pytest.fixture(scope="module")
def exact(base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    return loaded(base, tmp_path_factory, torch.float32)


@pytest.fixture(scope="module")
def rounded(base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    return loaded(base, tmp_path_factory, torch.bfloat16)


@pytest.fixture
def engine(exact: LoadedVersion) -> Iterator[LocalEngine]:
    running = LocalEngine(exact, max_batch=8)
    yield running
    running.close()


def test_greedy_texts_of_eight_at_once_are_those_of_generate(
    engine: LocalEngine, exact: LoadedVersion
) -> None:
    requests = [asked(theme, tokens=30 + 10 * i) for i, theme in enumerate(THEMES)]
    tickets = [engine.submit(request) for request in requests]
    for request, ticket in zip(requests, tickets, strict=True):
        assert ticket.result(120).text == alone(exact, request)


@pytest.mark.parametrize("family", FAMILIES)
def test_any_model_writes_what_its_generate_writes(base: Base, family: str) -> None:
    build, way = FAMILIES[family]
    tokenizer: PreTrainedTokenizerBase = load_tokenizer(base)
    version = ready(family, tiny_model(build()).cuda(), tokenizer)
    expected_way = CudaPass if way is PackedPass else way
    assert isinstance(version.runnable.new_pass(), expected_way)
    running = LocalEngine(version, max_batch=4)
    requests = [asked(theme, tokens=12) for theme in THEMES[:4]]
    texts = [ticket.result(120).text for ticket in [running.submit(request) for request in requests]]
    running.close()
    assert texts == [alone(version, request) for request in requests]


def test_in_bfloat16_logits_are_the_same_to_the_last_bit_alone_and_among_others(
    rounded: LoadedVersion,
) -> None:
    texts = [[(7 * i + n) % 900 + 20 for i in range(n)] for n in (40, 5, 131, 17, 300, 77)]

    def last(crowd: list[list[int]]) -> torch.Tensor:
        forward = rounded.runnable.new_pass()
        states = [forward.new_state(len(text), len(text) + 20) for text in crowd]
        for text, state in zip(crowd, states, strict=True):
            forward.run([Piece(text, state)])
        for token in range(30, 40):
            outcomes = forward.run([Piece([token], state) for state in states])
        assert isinstance(outcomes[0], torch.Tensor)
        return outcomes[0].clone()

    assert torch.equal(last(texts[:1]), last(texts))


def test_in_bfloat16_the_same_seed_writes_the_same_text_whatever_else_is_written(
    rounded: LoadedVersion,
) -> None:
    running = LocalEngine(rounded, max_batch=16)
    by_itself = running.submit(asked("rain", 7, 80, Sampling())).result(120).text
    crowd = [running.submit(asked(theme, i, 80, Sampling())) for i, theme in enumerate(THEMES)]
    again = running.submit(asked("rain", 7, 80, Sampling())).result(120).text
    assert again == by_itself
    assert len({ticket.result(120).text for ticket in crowd}) == len(crowd)
    running.close()


def test_steps_are_recorded_and_compute_the_same(rounded: LoadedVersion) -> None:
    forward, plain = rounded.runnable.new_pass(), CudaPass(rounded.model, lambda work: work)
    assert isinstance(forward, CudaPass)
    logits = []
    for one in (forward, plain):
        state = one.new_state(20, 60)
        one.run([Piece(list(range(20, 40)), state)])
        for token in range(30, 40):
            (outcome,) = one.run([Piece([token], state)])
        assert isinstance(outcome, torch.Tensor)
        logits.append(outcome.clone())
    assert forward.recorded
    assert torch.equal(*logits)


def test_texts_under_way_end_with_their_version_when_another_is_installed(
    exact: LoadedVersion, base: Base, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = replace(loaded(base, tmp_path_factory, torch.float32), name="v0002-other")
    running = LocalEngine(exact, max_batch=8)
    before = [running.submit(asked(theme, tokens=120)) for theme in THEMES]
    running.install(other)
    after = [running.submit(asked(theme, tokens=40)) for theme in THEMES]
    assert {ticket.result(120).version for ticket in before} == {exact.name}
    assert {ticket.result(120).version for ticket in after} == {"v0002-other"}
    running.close()
