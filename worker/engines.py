"""Build the configured engine on the champion, and what keeps it there."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from generation.adapter_shelf import ServedVersion
from generation.base_models import Base
from generation.conversation import Ruler
from generation.engine import CannotLoadNow, Engine
from generation.manifest import RefusedVersion, base_name, folder_state, read_verified
from generation.openai_engine import OpenAIEngine
from generation.openai_server import OpenAIServer, ServerAddress, ServerReport
from generation.openai_trouble import ServerTrouble
from generation.version_kinds import SERVED
from worker.base_model import base_of, device_of, dtype_of, served_base_of
from worker.live_version import LiveVersion, V, ensure_champion
from worker.parts import Parts
from worker.problems import CannotStart, NotYet

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from generation.versions import LoadedVersion

log = structlog.get_logger(__name__)

_ORDINARY_TEXT = 512  # Tokens, with its prompt.
_CONTEXT_ELSEWHERE = 4096  # Tokens; servers of large models rarely hold fewer.


@dataclass(frozen=True, slots=True)
class RunningEngine:
    """An engine, and what follows the champion for it."""

    engine: Engine
    live: LiveVersion[Any]
    where: str  # A device, or "server".
    ruler: Ruler  # Every version of a base has its tokenizer and its context.
    step_takes: Callable[[], float] = lambda: 0.0  # Seconds so far; a server's steps are its own matter.


def running_engine(parts: Parts, on_death: Callable[[Exception], None]) -> RunningEngine:
    """The configured engine. Raises NotAModel, CannotStart, NotYet."""
    return _openai(parts) if parts.settings.engine == "openai" else _local(parts, on_death)


def verify(parts: Parts, name: str) -> None:
    """Look at a version before it is promoted. Raises RefusedVersion, CannotLoadNow, NotAModel."""
    if parts.settings.engine == "openai":
        base = served_base_of(parts)
        if name != base_name(base):
            _read_served(parts, name, base)
        return
    from generation.versions import verify_version

    base = base_of(parts)
    verify_version(parts.settings.models, name, base, _recorded(parts, name, base))


def look_at_server(parts: Parts) -> ServerReport:
    """What the configured server offers. Raises CannotStart, NotYet, each naming the setting to look at."""

    async def look() -> ServerReport:
        server = OpenAIServer(_address(parts))
        try:
            return await server.look()
        finally:
            await server.close()

    try:
        report = asyncio.run(look())
    except ServerTrouble as trouble:
        setting = "OPENAI_API_KEY" if trouble.passing and not trouble.away else "OPENAI_URL"
        kind = NotYet if trouble.away else CannotStart
        raise kind(f"RHAPSODE_{setting}: {trouble.why}") from None
    if not report.model:
        model = parts.settings.openai_model
        raise CannotStart(f"RHAPSODE_OPENAI_MODEL is {model!r}: the server does not know that model")
    return report


def _local(parts: Parts, on_death: Callable[[Exception], None]) -> RunningEngine:
    import torch

    from generation.cores import CORES
    from generation.errand import DoesSlices, at_once
    from generation.given_back import give_back_at_once
    from generation.local_engine import LocalEngine
    from generation.ruler import ruler_of
    from generation.versions import LoadedVersion, load_version

    torch.set_num_threads(1)  # The cores are the engine's: see generation/cores.py.
    give_back_at_once()
    base, device = base_of(parts), device_of(parts)

    def load(name: str, does: DoesSlices = at_once) -> LoadedVersion:
        artifact, dtype = _recorded(parts, name, base), dtype_of(parts, device)
        return load_version(parts.settings.models, name, base, device, dtype, does, artifact)

    try:
        version = _champion(parts, base, load)
    except CannotLoadNow as error:
        raise NotYet(str(error)) from None
    refuse_small_cache(version, parts.settings.cache_mb)
    engine = LocalEngine(
        version,
        parts.settings.max_batch,
        on_death,
        cache_bytes=parts.settings.cache_mb << 20,
        threads=parts.settings.threads or CORES,
    )
    ruler = ruler_of(version.tokenizer, version.model.config)
    loading = partial(load, does=engine.between_steps)
    live = LiveVersion(parts.store, engine, loading, version, partial(_folder_state, parts))
    return RunningEngine(engine, live, device, ruler, engine.step_takes)


def refuse_small_cache(version: "LoadedVersion", cache_mb: int) -> None:
    """Raises CannotStart where an ordinary text would have no room: hardly any prompt could be written."""
    tokens = min(_ORDINARY_TEXT, version.context or _ORDINARY_TEXT)
    needed = -(-version.runnable.cache_for(tokens) >> 20)
    if needed > cache_mb:
        raise CannotStart(
            f"RHAPSODE_CACHE_MB is {cache_mb}: for a text of {tokens} tokens this model needs {needed}"
        )


def _openai(parts: Parts) -> RunningEngine:
    look_at_server(parts)
    base = served_base_of(parts)
    itself = ServedVersion(base_name(base))
    engine = OpenAIEngine(
        _address(parts), itself, tokenizer=_tokenizer(parts, base), max_at_once=parts.settings.max_batch
    )

    def load(name: str) -> ServedVersion:
        if name == itself.name:
            return itself
        _read_served(parts, name, base)
        version = ServedVersion(name, _seen_by_server(parts, name))
        engine.load(version)
        return version

    try:
        engine.install(_champion(parts, base, load))
    except CannotLoadNow as error:
        engine.close()
        raise NotYet(str(error)) from None
    live = LiveVersion(parts.store, engine, load, folder_state=partial(_folder_state, parts))
    return RunningEngine(engine, live, "server", _ruler(parts, base))


def _read_served(parts: Parts, name: str, base: Base) -> None:
    """Raises RefusedVersion also for what a server cannot load beside its model."""
    kind = read_verified(parts.settings.models, name, base, _recorded(parts, name, base)).kind
    if kind not in SERVED:
        raise RefusedVersion(name, f"a server loads {' and '.join(sorted(SERVED))} only, and this is {kind}")


def _folder_state(parts: Parts, name: str) -> Hashable:
    return folder_state(parts.settings.models / name)


def _recorded(parts: Parts, name: str, base: Base) -> str | None:
    """The hash of the artifact that the database knows by a name. Raises UnknownRow."""
    return None if name == base_name(base) else parts.store.versions.get(name).artifact_sha256


def _champion(parts: Parts, base: Base, load: Callable[[str], V]) -> V:
    """The champion, or the base if the champion is refused."""
    champion = ensure_champion(parts.store, base)
    try:
        return load(champion)
    except RefusedVersion as error:
        log.error("the champion was refused; writing with the base", version=champion, why=error.why)
        return load(base_name(base))


def _address(parts: Parts) -> ServerAddress:
    settings = parts.settings
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return ServerAddress(str(settings.openai_url), str(settings.openai_model), key)


def _ruler(parts: Parts, base: Base) -> Ruler:
    """Of the model if it is here too; else a cautious one, which takes every two bytes for a token."""
    if parts.settings.base_is_elsewhere:
        return Ruler(_CONTEXT_ELSEWHERE, lambda text: len(text.encode()) // 2 + 8)
    from transformers import AutoConfig

    from generation.ruler import ruler_of
    from generation.versions import load_tokenizer

    return ruler_of(load_tokenizer(base), AutoConfig.from_pretrained(str(base.folder)))


def _seen_by_server(parts: Parts, name: str) -> str:
    root = parts.settings.openai_adapter_root
    return f"{root.rstrip('/')}/{name}" if root else str((parts.settings.models / name).resolve())


def _tokenizer(parts: Parts, base: Base) -> "PreTrainedTokenizerBase | None":
    """The model's tokenizer where it is here: it knows best what a control token is."""
    if parts.settings.base_is_elsewhere:
        return None
    from generation.versions import load_tokenizer  # Imports torch: seconds.

    return load_tokenizer(base)
