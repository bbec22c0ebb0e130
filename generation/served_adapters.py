"""Put adapters on a vLLM server and take them off it, each under its version's immutable name."""

import asyncio

import structlog

from generation.adapter_shelf import AdapterShelf, ServedVersion
from generation.engine import CannotLoadNow
from generation.manifest import RefusedVersion
from generation.openai_server import OpenAIServer
from generation.openai_trouble import Answer, ServerTrouble, error_in, trouble_of

log = structlog.get_logger(__name__)

_LONGEST = 200  # Characters of the server's own words about an adapter.
NO_ENDPOINT = (
    "it loads no adapters at run time; start vLLM with --enable-lora "
    "and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"
)


class ServedAdapters:
    """Belongs to the engine's event loop. One change at a time."""

    def __init__(self, server: OpenAIServer, shelf: AdapterShelf) -> None:
        self._server = server
        self._shelf = shelf
        self._turn = asyncio.Lock()

    async def load(self, version: ServedVersion) -> None:
        """Have the server hold a version, loaded now or before. Raises RefusedVersion, CannotLoadNow."""
        async with self._turn:
            try:
                if version.adapter is not None and not await self._there(version.name, version.adapter):
                    await self._load(version.name, version.adapter)
            except ServerTrouble as trouble:
                raise CannotLoadNow(f"version {version.name}: {trouble.why}") from trouble
            self._shelf.hold(version)

    async def unload_idle(self) -> bool:
        """Take off the server what no text needs. False if the server is away: then it stays for now."""
        async with self._turn:
            for name in self._shelf.idle():
                try:
                    answer = await self._server.adapters("unload", lora_name=name)
                except ServerTrouble as trouble:
                    log.warning("an old adapter stays on the server", version=name, why=trouble.why)
                    return False
                # 404: a restart of the server, or another writer, came first.
                if answer.status >= 400 and answer.status != 404:
                    log.warning("an old adapter stays on the server", version=name, status=answer.status)
                self._shelf.forget(name)
        return True

    async def _there(self, name: str, path: str) -> bool:
        """Raises RefusedVersion if the server means something else by that name."""
        models = await self._server.models()
        if models.get(name) not in {None, path}:
            raise RefusedVersion(name, "the server holds another adapter under that name")
        return name in models

    async def _load(self, name: str, path: str) -> None:
        answer = await self._server.adapters("load", lora_name=name, lora_path=path)
        # Looked up even after a refusal: another writer may have loaded it in the meantime.
        if await self._there(name, path):
            return
        if answer.status < 400:
            raise RefusedVersion(name, "the server took its adapter but does not list it")
        trouble = trouble_of(answer)
        if trouble.passing:
            raise trouble
        if _sees_nothing(answer):  # Perhaps not yet: shared folders lag behind.
            raise CannotLoadNow(
                f"version {name}: the server sees no adapter there; check openai_adapter_root"
            )
        raise RefusedVersion(name, _objection(answer))


def _sees_nothing(answer: Answer) -> bool:
    return answer.status == 404 and error_in(answer.body).get("type") == "NotFoundError"


def _objection(answer: Answer) -> str:
    """Why the server does not take an adapter. Its own words: they are about files, not about readers."""
    error = error_in(answer.body)
    if answer.status in {404, 405}:
        return NO_ENDPOINT
    words = " ".join(str(error.get("message", "")).split())[:_LONGEST]
    return f"the server refuses its adapter ({answer.status}): {words or 'without a word'}"
