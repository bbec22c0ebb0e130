"""How the fake Telegram reads parameters, and how it writes answers."""

import json

from aiohttp import web

from tests.fakes.telegram_chats import Fields, Refusal

DEEP = "deeper than can be read"  # Arrives as lists in lists in lists.


def dumps(content: Fields) -> str:
    return json.dumps(content).replace(f'"{DEEP}"', "[" * 5000 + "]" * 5000)


async def fields_of(request: web.Request) -> Fields:
    """Parameters as Telegram reads them: nested ones are JSON in a form's field."""
    if request.content_type == "application/json":
        return dict(await request.json())
    posted = await request.post()
    files = {key: value.file.read() for key, value in posted.items() if isinstance(value, web.FileField)}
    form = {key: str(value) for key, value in posted.items() if key not in files}
    nested = ("{", "[")
    texts = {"text", "callback_query_id", "inline_query_id"}
    return files | {
        k: json.loads(v) if v.startswith(nested) and k not in texts else v for k, v in form.items()
    }


def refused(refusal: Refusal) -> web.Response:
    body: Fields = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.retry_after:
        body["parameters"] = {"retry_after": refusal.retry_after}
    if refusal.moved_to:
        body["parameters"] = {"migrate_to_chat_id": refusal.moved_to}
    return web.json_response(body, status=refusal.code)
