"""Any causal language model writes what its own `generate` writes, whatever it keeps of a text."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import (
    BambaConfig,
    FalconMambaConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    GptOssConfig,
    LlamaConfig,
    MambaConfig,
    OpenAIGPTConfig,
    OPTConfig,
    Phi3Config,
    PreTrainedTokenizerBase,
    Qwen2Config,
    Qwen3Config,
    RwkvConfig,
)

from generation.engine import WritingRequest
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.prompts import render
from generation.sampling import GREEDY
from generation.single_pass import SinglePass, WholePass
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.tiny import GROUPED, SIZES, WORDS, tiny_model, tiny_version

FAMILIES: dict[str, tuple[Callable[[], Any], type]] = {
    "llama": (lambda: LlamaConfig(**GROUPED), PackedPass),
    "gpt-2": (
        lambda: GPT2Config(vocab_size=WORDS, n_embd=32, n_layer=2, n_head=4, n_positions=512),
        PackedPass,
    ),
    "qwen 2": (lambda: Qwen2Config(**GROUPED), PackedPass),
    "qwen 3": (lambda: Qwen3Config(**GROUPED), PackedPass),
    "gemma 3, which looks back 6 tokens in most layers": (
        lambda: Gemma3TextConfig(
            **GROUPED, sliding_window=6, layer_types=["sliding_attention", "full_attention"]
        ),
        PackedPass,
    ),
    "gemma 2, which caps its scores": (lambda: Gemma2Config(**GROUPED, sliding_window=6), SinglePass),
    "llama, whose positions depend on the length": (
        lambda: LlamaConfig(
            **GROUPED,
            max_position_embeddings=256,
            rope_parameters={"rope_type": "dynamic", "factor": 4.0, "rope_theta": 10_000.0},
        ),
        SinglePass,
    ),
    "gpt-oss, whose attention has sinks": (
        lambda: GptOssConfig(
            **GROUPED,
            num_local_experts=4,
            num_experts_per_tok=2,
            sliding_window=6,
            layer_types=["sliding_attention", "full_attention"],
        ),
        SinglePass,
    ),
    "phi 3, which reads by other positions beyond 60 tokens": (
        lambda: Phi3Config(
            **{name: value for name, value in GROUPED.items() if name != "head_dim"},
            pad_token_id=0,
            max_position_embeddings=512,
            original_max_position_embeddings=60,
            rope_parameters={
                "rope_type": "longrope",
                "rope_theta": 10_000.0,
                "short_factor": [1.0] * 4,
                "long_factor": [4.0] * 4,
            },
        ),
        SinglePass,
    ),
    "opt, whose positions come from its mask": (
        lambda: OPTConfig(**SIZES, num_attention_heads=4, ffn_dim=48, word_embed_proj_dim=32),
        PackedPass,
    ),
    "mamba": (lambda: MambaConfig(**SIZES, state_size=8), SinglePass),
    "falcon mamba": (lambda: FalconMambaConfig(**SIZES, state_size=8), SinglePass),
    "bamba, of which only a part keeps positions": (
        lambda: BambaConfig(
            **GROUPED, attn_layer_indices=[1], mamba_n_heads=8, mamba_d_head=8, mamba_d_state=8
        ),
        SinglePass,
    ),
    "openai's first gpt, which keeps nothing": (
        lambda: OpenAIGPTConfig(vocab_size=WORDS, n_embd=32, n_layer=2, n_head=4, n_positions=512),
        WholePass,
    ),
    "rwkv": (lambda: RwkvConfig(**SIZES, attention_hidden_size=32, context_length=512), SinglePass),
}
PROMPTS = ("rain", "an old bridge over a river that nobody has crossed since the war", "bread")


@pytest.fixture(params=FAMILIES)
def tiny(request: pytest.FixtureRequest, live: LoadedVersion) -> tuple[LoadedVersion, Any, type]:
    """A random model of the family, ready to write, and the same one as transformers made it."""
    config, expected = FAMILIES[request.param]
    return tiny_version(request.param, config(), live.tokenizer), tiny_model(config()), expected


def asked(prompt: str, tokens: int) -> WritingRequest:
    return WritingRequest([{"role": "user", "content": prompt}], 1, tokens, GREEDY)


def alone(model: Any, tokenizer: PreTrainedTokenizerBase, request: WritingRequest) -> list[int]:
    prompt = torch.tensor([render(tokenizer, request.messages)])
    length = request.max_new_tokens
    ids = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        do_sample=False,
        max_new_tokens=length,
        min_new_tokens=length,
    )
    return [int(token) for token in ids[0, prompt.shape[1] :]]


def test_a_mixed_batch_writes_what_generate_writes_alone(tiny: tuple[LoadedVersion, Any, type]) -> None:
    version, untouched, expected_pass = tiny
    assert isinstance(version.runnable.new_pass(), expected_pass)
    engine = LocalEngine(version, max_batch=3)
    requests = [asked(prompt, 9 + 8 * i) for i, prompt in enumerate(PROMPTS * 2)]
    tickets = [engine.submit(request) for request in requests]
    for ticket, request in zip(tickets, requests, strict=True):
        written = version.decode(alone(untouched, version.tokenizer, request))
        assert ticket.result(DEADLINE).text == written.strip()
    engine.close()


def test_a_model_without_a_chat_template_gets_plain_text(
    tokenizer_without_template: PreTrainedTokenizerBase,
) -> None:
    messages = asked("rain", 1).messages
    ids = render(tokenizer_without_template, messages)
    assert tokenizer_without_template.decode(ids) == "rain\n\n"
