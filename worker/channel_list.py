"""Channels that the service speaks in by itself, as an operator lists them. Pure."""

from dataclasses import dataclass

from worker.id_list import IdList

SPOKEN_IN = ("slack", "telegram")


@dataclass(frozen=True, slots=True, order=True)
class ChannelId:
    platform: str
    channel: str


def read_channels(text: str | None) -> list[ChannelId]:
    """From "slack:C123, telegram:-100456". Raises ValueError."""
    channels = sorted(ChannelId(*entry) for entry in IdList.read(text).entries)
    if any(channel.platform not in SPOKEN_IN or channel.channel == "*" for channel in channels):
        raise ValueError("allowed are channels such as 'slack:C123, telegram:-100456'")
    return channels
