"""Model versions on disk and in memory: written whole, loaded only if everything about them matches."""

import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from generation.base_models import Base
from generation.manifest import (
    Manifest,
    RefusedVersion,
    artifact_hash,
    hashes_of,
    read_verified,
    write,
)
from generation.manifest import base_manifest as base_manifest
from generation.manifest import base_name as base_name
from generation.packed_linear import pack_linears
from generation.runnable import Runnable, runnable

# peft 0.21 asks transformers 5.23 for a property by its old name, each time it wraps a model.
warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)

_WEIGHTS = "adapter_model.safetensors"


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
        # A character that spans tokens shows as U+FFFD until its last byte is there.
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True)).rstrip("�")


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


def load_model(base: Base, device: str, dtype: torch.dtype) -> Any:
    """The base model's weights, for reading only."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model: Any = AutoModelForCausalLM.from_pretrained(
        str(base.folder),
        dtype=dtype,
        use_safetensors=True,
        trust_remote_code=False,
    )
    return model.to(device).eval()


def load_version(models: Path, name: str, base: Base, device: str, dtype: torch.dtype) -> LoadedVersion:
    """A version, verified and merged into its own copy of the base. Raises RefusedVersion."""
    adapted = name != base_name(base)
    if adapted:
        read_verified(models, name, base)
    model = load_model(base, device, dtype)
    if adapted:
        model = _merged(model, models / name)
    version = ready(name, model, load_tokenizer(base))
    _canary(version)
    return version


def ready(name: str, model: Any, tokenizer: PreTrainedTokenizerBase) -> LoadedVersion:
    """A model in memory, ready to write."""
    return LoadedVersion(
        name,
        pack_linears(model),
        tokenizer,
        _end_tokens(model, tokenizer),
        _newline_tokens(tokenizer),
        runnable(model),
        getattr(model.config.get_text_config(), "max_position_embeddings", None),
    )


def write_version(
    models: Path,
    *,
    peft_model: PeftModel,
    base: Base,
    parent: str,
    lineage: dict[str, Any],
    metrics: dict[str, Any],
) -> Manifest:
    """Keep an adapter as the next version: a draft folder, made durable, then renamed into place."""
    models.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".making-", dir=models))
    try:
        # A folder's path would make one adapter two artifacts on two machines, and tell where it was made.
        peft_model.peft_config["default"].base_model_name_or_path = base_name(base)
        # Left to itself, peft asks the hub for the base's configuration.
        peft_model.save_pretrained(str(draft), safe_serialization=True, save_embedding_layers=False)
        (draft / "README.md").unlink(missing_ok=True)
        files = hashes_of(draft)
        artifact = artifact_hash(files, base.sha256)
        manifest = Manifest(
            name=f"v{_next_number(models):04d}-{artifact[:8]}",
            kind="lora",
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
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _next_number(models: Path) -> int:
    numbers = [int(folder.name[1:5]) for folder in models.glob("v[0-9][0-9][0-9][0-9]-*")]
    return max(numbers, default=0) + 1


def _merged(model: Any, folder: Path) -> Any:
    """The model with the adapter's weights added. We check names, shapes and numbers; peft does not."""
    try:
        weights = load_file(folder / _WEIGHTS)
        config = LoraConfig.from_pretrained(str(folder))
        adapted = PeftModel(model, config)
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
        raise RefusedVersion(folder.name, f"its adapter cannot be read ({type(error).__name__})") from error
    fitting = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    expected = {key: value.shape for key, value in fitting.items()}
    if {key: value.shape for key, value in weights.items()} != expected:
        raise RefusedVersion(folder.name, "its adapter does not fit the base model")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise RefusedVersion(folder.name, "its adapter holds numbers that are not finite")
    adapted.load_adapter(str(folder), adapter_name="default")
    return adapted.merge_and_unload(safe_merge=True).eval()


@torch.inference_mode()
def _canary(version: LoadedVersion) -> None:
    """One forward pass: a version that cannot even do that never becomes live."""
    tokens = torch.tensor([version.tokenizer.encode("The rain")], device=version.model.device)
    logits = version.model(input_ids=tokens).logits
    if not bool(torch.isfinite(logits).all()):
        raise RefusedVersion(version.name, "its logits are not finite")


def _end_tokens(model: Any, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in (*ids, tokenizer.eos_token_id) if i is not None)


def _newline_tokens(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids of tokens that begin a new line (byte-level BPE spells a line feed as U+010A)."""
    return frozenset(i for token, i in tokenizer.get_vocab().items() if "\n" in token or "Ċ" in token)
