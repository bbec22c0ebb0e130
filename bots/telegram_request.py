"""Telegram's answers as the library reads them, and what it must not stumble over."""

import re
from typing import Any

from telegram.error import TelegramError
from telegram.request import HTTPXRequest


class TooDeep(Exception):
    """Raised when an update cannot be read for its depth; `first` is the number of the first one sent."""

    def __init__(self, first: int) -> None:
        super().__init__(f"update {first} or one after it is nested too deep")
        self.first = first


class _Answer(dict[str, Any]):
    """The library takes "result" from whatever comes with a 200, also from a proxy's empty object."""

    def __missing__(self, key: str) -> Any:
        raise TelegramError(f"the server's answer has no {key!r}")


class TelegramRequest(HTTPXRequest):
    """What is no answer of Telegram's is an error of Telegram's, and so is tried again."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Raises TelegramError, RecursionError."""
        answer: Any = HTTPXRequest.parse_json_payload(payload)
        if not isinstance(answer, dict):
            raise TelegramError("the server's answer is no object")
        return _Answer(answer)


class PollingRequest(TelegramRequest):
    """Asks for updates, and says which one is nested deeper than JSON can be read."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Raises TooDeep, TelegramError."""
        try:
            return TelegramRequest.parse_json_payload(payload)
        except RecursionError:
            first = re.search(rb'"update_id"\s*:\s*([0-9]{1,15})', payload)
            raise TooDeep(int(first[1]) if first else -1) from None
