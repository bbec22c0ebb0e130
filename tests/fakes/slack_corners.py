"""What a workspace keeps beside messages: views, homes, files, and how assistant threads are decorated."""

import json
from typing import Any

from tests.fakes import slack_views
from tests.fakes.slack_rules import Refusal

Json = dict[str, Any]


class Corners:
    """Answers the methods of the Web API that make no message."""

    def __init__(self) -> None:
        self.views: list[Json] = []  # Modals as they were opened or updated, newest last.
        self.homes: dict[str, Json] = {}
        self.spent: set[str] = set()  # Triggers that a view was opened by, or that are too old.
        self.files: dict[str, bytes] = {}  # By their id.
        self.shared: list[tuple[str, str]] = []  # (channel, file id)
        self.decorations: list[tuple[str, str, Any]] = []  # (method, thread_ts, what) of assistant threads.

    def upload_url(self, name: str) -> str:
        """Where the bytes of a file go."""
        raise NotImplementedError

    def has_message(self, channel: str, ts: str) -> bool:
        """Whether there is such a message."""
        raise NotImplementedError

    def view(self, method: str, arguments: Json) -> Json:
        view = arguments["view"]
        view = json.loads(view) if isinstance(view, str) else view
        slack_views.check_view(view, "home" if method == "views.publish" else "modal")
        if method == "views.publish":
            self.homes[arguments["user_id"]] = view
            return {"view": view}
        if method == "views.open":
            if arguments["trigger_id"] in self.spent:
                raise Refusal("expired_trigger_id")
            self.spent.add(arguments["trigger_id"])
            shown = view | {"id": f"V{len(self.views)}"}
        else:
            if arguments["view_id"] not in [view["id"] for view in self.views]:
                raise Refusal("not_found")
            shown = view | {"id": arguments["view_id"]}
        self.views.append(shown)
        return {"view": shown}

    def file(self, method: str, arguments: Json) -> Json:
        if method == "files.getUploadURLExternal":
            name = f"F{len(self.files)}"
            self.files[name] = b""
            return {"file_id": name, "upload_url": self.upload_url(name)}
        files = json.loads(arguments["files"]) if isinstance(arguments["files"], str) else arguments["files"]
        self.shared += [(arguments["channel_id"], file["id"]) for file in files]
        return {"files": files}

    def decorate(self, method: str, arguments: Json) -> Json:
        if not self.has_message(arguments["channel_id"], arguments["thread_ts"]):
            raise Refusal("thread_not_found")
        what = arguments.get("status") or arguments.get("title")
        prompts = arguments.get("prompts")
        prompts = json.loads(prompts) if isinstance(prompts, str) else prompts
        self.decorations.append((method.rpartition(".")[2], arguments["thread_ts"], prompts or what))
        return {}
