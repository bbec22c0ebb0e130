"""An attention of our own within a context, and plain SDPA outside of it.

Registered with transformers as an attention implementation, so that any model that takes one can run it
(https://huggingface.co/docs/transformers/attention_interface).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

Scope = TypeVar("Scope")
# Given the scope, the layer, its queries, keys and values [1, heads, tokens, head size] and its options.
Attend = Callable[
    [Scope, torch.nn.Module, torch.Tensor, torch.Tensor, torch.Tensor, dict[str, Any]], torch.Tensor
]


class ScopedAttention(Generic[Scope]):
    """`attend` returns [1, tokens, heads, head size]. It masks for itself."""

    def __init__(self, name: str, attend: Attend[Scope]) -> None:
        self._attend = attend
        self._scope: ContextVar[Scope | None] = ContextVar(name, default=None)
        AttentionInterface.register(name, self._forward)
        AttentionMaskInterface.register(name, self._mask)

    @contextmanager
    def over(self, scope: Scope) -> Iterator[None]:
        """Within this, a forward pass of a model that is set to this attention is one over the scope."""
        token = self._scope.set(scope)
        try:
            yield
        finally:
            self._scope.reset(token)

    def _forward(
        self,
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        **options: Any,
    ) -> tuple[torch.Tensor, None]:
        scope = self._scope.get()
        if scope is None:
            output, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
            return output, None
        return self._attend(scope, module, query, key, value, options), None

    def _mask(self, *arguments: Any, **options: Any) -> torch.Tensor | None:
        """transformers' own masks, except within a scope, which needs none."""
        return None if self._scope.get() is not None else sdpa_mask(*arguments, **options)
