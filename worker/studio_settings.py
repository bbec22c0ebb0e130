"""Settings of the studio: where it listens, and who may look."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from studio import password
from studio.access import Access


def _hash(value: SecretStr | None) -> SecretStr | None:
    if value is None or not value.get_secret_value():
        return None  # Compose hands on what is not set as an empty text.
    password.check(value.get_secret_value())  # NotAHash is a ValueError.
    return value


def _names(value: str | None) -> str | None:
    _read_names(value)
    return value


def _read_names(value: str | None) -> frozenset[str]:
    """From "poems.example.org, studio.lan". Raises ValueError."""
    names = frozenset(part.strip().lower() for part in (value or "").split(",") if part.strip())
    if any(set(name) & set("/:* ") for name in names):
        raise ValueError("allowed are host names parted by commas, without scheme and port")
    return names


def _proxies(value: str | None) -> str | None:
    _read_proxies(value)
    return value


def _read_proxies(value: str | None) -> tuple[str, ...]:
    """From "127.0.0.1, 172.18.0.0/16". Raises ValueError."""
    found = tuple(ipaddress.ip_network(part.strip()) for part in (value or "").split(",") if part.strip())
    if any(network.prefixlen == 0 for network in found):
        raise ValueError("if every address were a proxy, whoever asks could name any address as their own")
    return tuple(str(network) for network in found)


Hash = Annotated[SecretStr | None, AfterValidator(_hash)]


class StudioSettings(BaseModel):
    """Part of `Settings`, which reads them."""

    studio_host: str = Field(
        default="127.0.0.1",
        description="Address that the studio listens on; others than this need a password.",
    )
    studio_port: int = Field(default=8080, ge=0, le=65535, description="0 takes any free port.")
    studio_password: Hash = Field(
        default=None, description="Hash of the operators' password, from `rhapsode studio password`."
    )
    studio_reader_password: Hash = Field(
        default=None, description="Hash of a password for readers, who see no words of others."
    )
    studio_names: Annotated[str | None, AfterValidator(_names)] = Field(
        default=None, description="Host names that it is reached by, such as poems.example.org."
    )
    studio_proxies: Annotated[str | None, AfterValidator(_proxies)] = Field(
        default=None,
        description="Addresses and networks of proxies whose X-Forwarded-For says who asks; unset: none.",
    )
    studio_https: bool = Field(default=False, description="It is reached over https only: by a proxy.")
    studio_hours: float = Field(default=12, gt=0, le=8760, description="Hours that one stays signed in.")

    @property
    def studio_access(self) -> Access:
        return Access(
            host=self.studio_host,
            operator=_secret(self.studio_password),
            reader=_secret(self.studio_reader_password),
            names=_read_names(self.studio_names),
            https=self.studio_https,
            hours=self.studio_hours,
            proxies=_read_proxies(self.studio_proxies),
        )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
