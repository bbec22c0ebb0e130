"""Notices in a Slack channel."""

from functools import partial

from bots.budget import Call, within
from bots.messages import Pending
from bots.notices import Notice
from bots.slack_calls import call
from bots.slack_surface import SlackSurface
from bots.slack_workspace import Workspace
from bots.surface import CutAnew

_PICTURE = "digest.png"


class SlackChannel:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def post(self, notice: Notice, text: str) -> str:
        pending = Pending(0, notice.place, notice.locale)
        surface = SlackSurface(self._workspace.client, pending, budget=self._workspace.budget)
        try:
            return await surface.send(text, None)
        except CutAnew:
            first, *_ = [await surface.send(piece, None) for piece in surface.parts(text)]
            return first

    async def illustrate(self, notice: Notice, title: str) -> None:
        upload = partial(
            self._workspace.client.files_upload_v2,
            channel=notice.place.chat,
            thread_ts=notice.posted,
            filename=_PICTURE,
            title=title,
            alt_txt=title,
            content=notice.picture,
        )
        async with within(self._workspace.budget, Call(notice.place.chat, "send")):
            await call(upload())
