"""A vLLM server over real HTTP, as strict as vLLM about its endpoints; it writes what a test says."""

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.deadline import DEADLINE

Fields = dict[str, Any]
BASE = "org/base"
KEY = "only-for-the-tests"
Kinds = dict[str, type | tuple[type, ...]]
NEEDED: Kinds = {"model": str, "messages": list, "stream": bool, "max_tokens": int}
SAMPLING: Kinds = {
    "stream_options": dict,
    "seed": int,
    "temperature": (int, float),
    "top_p": (int, float),
    "repetition_penalty": (int, float),
    "chat_template_kwargs": dict,
}


class FakeVllm:
    """Runs in a thread of its own. What must never happen is noted in `wrongs`."""

    def __init__(self, *, runtime_lora: bool = True) -> None:
        self.text = "one two\nthree four\n\nfive six\nseven eight"
        self.loaded: dict[str, str] = {}  # Adapter → folder.
        self.under_way: Counter[str] = Counter()
        self.most_at_once = 0
        self.asked: list[Fields] = []
        self.changes: list[tuple[str, str]] = []  # ("load" or "unload", adapter)
        self.aborted: list[str] = []  # Models whose reader hung up before the end.
        self.wrongs: list[str] = []
        self.faults: deque[str] = deque()  # What happens to the next completions, one each.
        self.refusals: dict[str, tuple[int, str]] = {}  # Adapter → why loading it fails.
        self.counts = True  # Sends usage.
        self.strict = False  # Refuses fields that OpenAI does not know.
        self.no_system = False  # Its model's template refuses turns of the system.
        self.holding = False  # Stop after two words until let_go().
        self.url = ""
        self._runtime_lora = runtime_lora
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "FakeVllm":
        self._thread.start()
        self._started.wait(DEADLINE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(DEADLINE)

    # What a test does

    def until(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, DEADLINE), what

    def hold(self) -> None:
        """Texts stop after two words, also after an earlier let_go()."""
        self.holding = True
        self._loop.call_soon_threadsafe(self._released.clear)

    def let_go(self) -> None:
        self.holding = False
        self._loop.call_soon_threadsafe(self._released.set)

    def start_again(self) -> None:
        """As a restart: what was loaded at run time is forgotten."""
        self.loaded.clear()

    # What the server does

    async def _serve(self) -> None:
        self._loop, self._stop, self._released = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        app = web.Application(middlewares=[self._guarded])
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)
        if self._runtime_lora:
            app.router.add_post("/v1/load_lora_adapter", self._load)
            app.router.add_post("/v1/unload_lora_adapter", self._unload)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._started.set()
        await self._stop.wait()
        self._released.set()
        await runner.cleanup()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPNotFound:
            return web.json_response({"detail": "Not Found"}, status=404)
        finally:
            self._notify()
        return answer

    async def _models(self, _: web.Request) -> web.Response:
        cards: list[Fields] = [{"id": BASE, "object": "model", "root": BASE, "parent": None}]
        cards += [
            {"id": name, "object": "model", "root": path, "parent": BASE}
            for name, path in self.loaded.items()
        ]
        return web.json_response({"object": "list", "data": cards})

    async def _load(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.keys() != {"lora_name", "lora_path"}:
            self.wrongs.append(f"load with {sorted(asked)}")
        name, path = asked["lora_name"], asked["lora_path"]
        if not name or not path:
            return error(400, "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be provided.")
        if name in self.loaded:
            self.wrongs.append(f"{name} loaded twice")
            return error(400, "InvalidUserInput", f"The lora adapter '{name}' has already been loaded.")
        if name in self.refusals:
            status, why = self.refusals[name]
            return error(status, "InternalServerError", why)
        if not (Path(path) / "adapter_config.json").is_file():
            return error(404, "NotFoundError", f"Loading lora {name} failed: No adapter found for {path}")
        self.loaded[name] = path
        self.changes.append(("load", name))
        return web.Response(text=f"Success: LoRA adapter '{name}' added successfully.")

    async def _unload(self, request: web.Request) -> web.Response:
        name = (await request.json())["lora_name"]
        if not name:
            return error(
                400, "InvalidUserInput", "'lora_name' needs to be provided to unload a LoRA adapter."
            )
        if self.under_way[name]:
            self.wrongs.append(f"{name} unloaded while {self.under_way[name]} texts were written with it")
        if self.loaded.pop(name, None) is None:
            return error(404, "NotFoundError", f"The lora adapter '{name}' cannot be found.")
        self.changes.append(("unload", name))
        return web.Response(text=f"Success: LoRA adapter '{name}' removed successfully.")

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if objection := self._objection(asked):
            return error(400, "BadRequestError", objection)
        if asked["model"] != BASE and asked["model"] not in self.loaded:
            return error(404, "NotFoundError", f"The model `{asked['model']}` does not exist.")
        self.asked.append(asked)
        self._notify()
        fault = self.faults.popleft() if self.faults else ""
        if fault.isdigit():
            again = {"Retry-After": "0.01"} if fault == "429" else {}
            return error(int(fault), "InternalServerError", f"about {asked['messages']}", again)
        if fault == "hang":
            await self._released.wait()
        async with self._counted(asked["model"]):
            return await self._stream(request, asked, fault)

    def _objection(self, asked: Fields) -> str:
        kinds = NEEDED | SAMPLING
        if self.strict and (unknown := asked.keys() & {"repetition_penalty", "chat_template_kwargs"}):
            return f"Unexpected fields: {unknown}"
        if self.no_system and asked["messages"][0]["role"] == "system":
            return "System role not supported"
        wrong = [
            name for name, value in asked.items() if name not in kinds or not isinstance(value, kinds[name])
        ]
        missing = NEEDED.keys() - asked.keys()
        if wrong or missing or not asked["stream"]:
            self.wrongs.append(f"completion with wrong {wrong}, missing {missing}")
            return "wrong fields"
        return ""

    @asynccontextmanager
    async def _counted(self, model: str) -> AsyncIterator[None]:
        self.under_way[model] += 1
        self.most_at_once = max(self.most_at_once, self.under_way.total())
        self._notify()
        try:
            yield
        except (asyncio.CancelledError, ConnectionError):
            self.aborted.append(model)
            raise
        finally:
            self.under_way[model] -= 1
            self._notify()

    async def _stream(self, request: web.Request, asked: Fields, fault: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        along = self.counts and asked.get("stream_options", {}).get("continuous_usage_stats")
        await self._send(response, delta({"role": "assistant", "content": ""}))
        if fault == "break before":
            return cut(request, response)
        every = self.text.replace("MODEL", asked["model"]).split(" ")
        words = [word + " " for word in every[: asked["max_tokens"]]]
        for number, word in enumerate(words, 1):
            await self._send(response, delta({"content": word}, usage=usage(number) if along else None))
            if self.holding and number == 2:
                await self._released.wait()
            if fault == "break" and number == 2:
                return cut(request, response)
            if fault == "malformed" and number == 2:
                await response.write(b"data: {not json\n\n")
            if fault == "reported" and number == 2:
                await self._send(response, {"error": {"message": "EngineDeadError", "code": 500}})
        reason = "stop" if len(words) == len(every) else "length"
        await self._send(response, delta({}, reason=reason))
        if fault == "break behind":
            return cut(request, response)
        if self.counts:
            await self._send(response, {"choices": [], "usage": usage(len(words))})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _send(self, response: web.StreamResponse, chunk: Fields) -> None:
        await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


def delta(content: Fields, reason: str | None = None, usage: Fields | None = None) -> Fields:
    return {"choices": [{"index": 0, "delta": content, "finish_reason": reason}], "usage": usage}


def usage(tokens: int) -> Fields:
    return {"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": tokens + 7}


def error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    content = {"error": {"message": message, "type": kind, "param": None, "code": status}}
    return web.json_response(content, status=status, headers=headers)


def cut(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Hang up in the middle of the answer."""
    if request.transport is not None:
        request.transport.abort()
    return response
