"""The configured base model, and where it runs."""

from typing import TYPE_CHECKING

from generation.base_models import Base, NotAModel, named_base, prepare_base
from worker.parts import Parts

if TYPE_CHECKING:
    import torch


def base_of(parts: Parts) -> Base:
    """The configured base model, prepared. Raises NotAModel."""
    settings = parts.settings
    if settings.base_is_elsewhere:
        raise NotAModel(f"only the server holds {settings.openai_model}: set RHAPSODE_MODEL to train it")
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    return prepare_base(settings.model, settings.bases, token)


def served_base_of(parts: Parts) -> Base:
    """The base model of a server; known by its name there if it is not configured here. Raises NotAModel."""
    if parts.settings.base_is_elsewhere:
        return named_base(str(parts.settings.openai_model))
    return base_of(parts)


def device_of(parts: Parts) -> str:
    import torch

    if parts.settings.device != "auto":
        return parts.settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def dtype_of(parts: Parts, device: str) -> "torch.dtype":
    import torch

    from generation.versions import default_dtype

    if parts.settings.dtype == "auto":
        return default_dtype(device)
    dtype: torch.dtype = getattr(torch, parts.settings.dtype)
    return dtype
