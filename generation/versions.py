"""Model versions on disk and in memory: written whole, loaded only if everything about them matches."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from generation.base_copy import load_model as load_model
from generation.base_copy import packed_once, sharing_copy
from generation.base_models import Base
from generation.durable import make_durable_name
from generation.errand import DoesSlices, Slices, at_once
from generation.given_back import give_back
from generation.manifest import (
    Manifest,
    artifact_hash,
    hashes_of,
    read_verified,
    write,
)
from generation.manifest import base_manifest as base_manifest
from generation.manifest import base_name as base_name
from generation.packed_linear import PackedOnce, pack_linear, pack_linears
from generation.refusal import RefusedVersion, refusing
from generation.runnable import Runnable, runnable
from generation.thoughts import without_thoughts
from generation.version_weights import kind_of, of_this_device, put_into, save_into

# peft 0.21 asks transformers 5.23 for a property by its old name, each time it wraps a model.
warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)

_LINE_FEEDS = ("\n", "Ċ", "<0x0A>")


@dataclass(frozen=True, slots=True, eq=False)
class LoadedVersion:
    """A version in memory, ready to write. Never changed after it was loaded."""

    name: str
    model: Any  # A transformers causal language model.
    tokenizer: PreTrainedTokenizerBase
    end_tokens: frozenset[int]
    newline_tokens: frozenset[int]
    runnable: Runnable
    context: int | None  # Tokens of prompt and text together; None if the model knows no limit.

    def decode(self, tokens: list[int]) -> str:
        """What readers see of them."""
        # A character that spans tokens shows as U+FFFD until its last byte is there.
        text = str(self.tokenizer.decode(tokens, skip_special_tokens=True)).rstrip("�")
        return without_thoughts(text)


def default_dtype(device: str) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else float32."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    capable = torch.cpu.get_capabilities().get("avx512_bf16") or torch.cpu.get_capabilities().get("amx_bf16")
    return torch.bfloat16 if capable else torch.float32


def load_tokenizer(base: Base) -> PreTrainedTokenizerBase:
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        str(base.folder), trust_remote_code=False
    )
    return tokenizer


@lru_cache(maxsize=2)
def _tokenizer_of(base: Base) -> PreTrainedTokenizerBase:
    """Read once for all versions of a base: reading it would hold up those that write for 0.3 s."""
    return load_tokenizer(base)


def load_version(
    models: Path,
    name: str,
    base: Base,
    device: str,
    dtype: torch.dtype,
    does: DoesSlices = at_once,
    artifact: str | None = None,
) -> LoadedVersion:
    """A version, verified, for reading only. Raises RefusedVersion, CannotLoadNow.

    What takes long is handed to `does` in slices, for an engine that writes meanwhile. `artifact`: the hash
    that its row in the database names.
    """
    manifest = None if name == base_name(base) else read_verified(models, name, base, artifact)
    with refusing(name, "it cannot be put together", of_this_device):
        model = sharing_copy(base, device, dtype)
        changed = iter(()) if manifest is None else put_into(model, manifest.kind, models / name)
        once = packed_once(base, device, dtype)
        version = does(_made_ready(name, model, changed, _tokenizer_of(base), once))
    give_back(sorted(base.folder.glob("*.safetensors")))
    return version


def verify_version(models: Path, name: str, base: Base, artifact: str | None = None) -> None:
    """Look at a version as strictly as `load_version`, in the memory of one model.

    In bfloat16: it has float32's range, so what is no number there is none here. Raises RefusedVersion,
    CannotLoadNow.
    """
    manifest = None if name == base_name(base) else read_verified(models, name, base, artifact)
    with refusing(name, "it cannot be put together", of_this_device):
        model = load_model(base, "cpu", torch.bfloat16)
        if manifest is not None:
            for _ in put_into(model, manifest.kind, models / name):
                pass  # Each layer's own weights are given up as soon as they are changed.
        _canary(name, model, load_tokenizer(base))


def _made_ready(
    name: str, model: Any, changed: Iterator[str], tokenizer: PreTrainedTokenizerBase, once: PackedOnce
) -> Slices[LoadedVersion]:
    for layer in changed:  # Packed as soon as it is changed: it would be twice in memory.
        pack_linear(model, layer, once)
        yield
    for _ in pack_linears(model, once):
        yield
    version = ready(name, model, tokenizer)
    yield
    _canary(name, model, tokenizer)
    return version


def ready(name: str, model: Any, tokenizer: PreTrainedTokenizerBase) -> LoadedVersion:
    """A model in memory, ready to write."""
    return LoadedVersion(
        name,
        model,
        tokenizer,
        _end_tokens(model, tokenizer),
        _newline_tokens(tokenizer),
        runnable(model),
        getattr(model.config.get_text_config(), "max_position_embeddings", None),
    )


def write_version(
    models: Path,
    *,
    model: Any,
    base: Base,
    parent: str,
    lineage: dict[str, Any],
    metrics: dict[str, Any],
) -> Manifest:
    """Keep what was trained, an adapter or all weights, as the next version.

    A draft folder is made durable, then renamed into place.
    """
    models.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".making-", dir=models))
    try:
        save_into(draft, model, base, base_name(base))
        files = hashes_of(draft)
        artifact = artifact_hash(files, base.sha256)
        if (known := _kept_already(models, artifact, base)) is not None:
            return known  # By a run that was killed before it could say so.
        manifest = Manifest(
            name=f"v{_next_number(models):04d}-{artifact[:8]}",
            kind=kind_of(model),
            base_id=base.id,
            base_sha256=base.sha256,
            tokenizer_sha256=base.tokenizer_sha256,
            template_sha256=base.template_sha256,
            files=files,
            artifact_sha256=artifact,
            parent=parent,
            lineage=lineage,
            metrics=metrics,
        )
        write(draft, manifest)
        draft.chmod(0o755)
        draft.replace(models / manifest.name)
        make_durable_name(models)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _kept_already(models: Path, artifact: str, base: Base) -> Manifest | None:
    for folder in models.glob(f"v[0-9][0-9][0-9][0-9]-{artifact[:8]}"):
        with suppress(RefusedVersion):
            return read_verified(models, folder.name, base)
    return None


def _next_number(models: Path) -> int:
    numbers = [int(folder.name[1:5]) for folder in models.glob("v[0-9][0-9][0-9][0-9]-*")]
    return max(numbers, default=0) + 1


@torch.inference_mode()
def _canary(name: str, model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
    """One forward pass: a version that cannot even do that never becomes live."""
    tokens = torch.tensor([tokenizer.encode("The rain")], device=model.device)
    logits = model(input_ids=tokens).logits
    if not bool(torch.isfinite(logits).all()):
        raise RefusedVersion(name, "its logits are not finite")


def _end_tokens(model: Any, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in (*ids, tokenizer.eos_token_id) if i is not None)


@lru_cache(maxsize=2)
def _newline_tokens(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids of tokens that begin a new line.

    Byte-level BPE spells a line feed as U+010A, which elsewhere is a letter, and byte fallback as <0x0A>.
    """
    spelt = [i for token, i in tokenizer.get_vocab().items() if any(one in token for one in _LINE_FEEDS)]
    return frozenset(i for i in spelt if "\n" in tokenizer.decode([i]))
