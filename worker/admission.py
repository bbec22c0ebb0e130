"""Whose requests are taken: by an operator's lists, and up to when a day's quota is used. Pure."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bots.messages import Place, Reader
from worker.id_list import IdList

# Whom an operator cannot know by an id: the studio and the terminal are for whoever reaches them.
_OPEN = ("studio", "terminal")


@dataclass(frozen=True, slots=True)
class AllowLists:
    """An empty list allows all; of several, each must allow."""

    people: IdList = field(default_factory=IdList)
    chats: IdList = field(default_factory=IdList)
    workspaces: IdList = field(default_factory=IdList)

    def allow(self, reader: Reader, place: Place) -> bool:
        if place.platform in _OPEN:
            return True
        asked = [(self.people, reader.user), (self.chats, place.chat), (self.workspaces, place.workspace)]
        if reader.home:  # A channel that workspaces share lets in who is of another one.
            asked.append((self.workspaces, reader.home))
        return all(not listed or listed.holds(place.platform, name) for listed, name in asked)


def hours_left(moment: datetime) -> int:
    """In how many hours, begun ones included, the day of a moment in UTC ends."""
    tomorrow = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return math.ceil((tomorrow - moment) / timedelta(hours=1))
