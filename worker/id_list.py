"""People, chats and workspaces by the platform's own ids, as an operator lists them. Pure."""

from dataclasses import dataclass
from typing import Self

PLATFORMS = ("slack", "telegram", "studio", "terminal")
ANY = "*"


@dataclass(frozen=True, slots=True)
class IdList:
    """Ids, each of one platform or, where that is empty, of any."""

    entries: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, text: str | None) -> Self:
        """From "U123, telegram:456, slack:*". Raises ValueError."""
        parts = [part.strip() for part in (text or "").split(",")]
        return cls(frozenset(_entry(part) for part in parts if part))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def holds(self, platform: str, name: str) -> bool:
        return bool({(platform, name), ("", name), (platform, ANY)} & self.entries)


def _entry(text: str) -> tuple[str, str]:
    platform, colon, name = text.rpartition(":")
    if colon and platform not in PLATFORMS:
        raise ValueError(f"allowed before the colon are {', '.join(PLATFORMS)}")
    if not name or any(character.isspace() for character in name) or (name == ANY and not platform):
        raise ValueError("allowed are ids parted by commas, such as 'U123, telegram:456, slack:*'")
    return platform, name
