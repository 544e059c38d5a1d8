"""Entries of OUTBOUND_HOSTS: the servers that this house may ask. No Django here: the settings read them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

HTTPS_PORT = 443
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_ENTRY = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:/@\s]+)(:(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Host:
    """A server by name or address; `port` is 443 unless it is given."""

    name: str
    port: int = HTTPS_PORT
    has_port: bool = False
    # Whether it stands for every name below this one, and not for this one.
    below: bool = False

    def covers(self, name: str, port: int) -> bool:
        """Whether a server is meant by this entry. A name lies below another by whole labels: `xexample.org` not below `example.org`."""
        if not self.below:
            return (name, port) == (self.name, self.port)
        return port == self.port and name.endswith(f".{self.name}") and _NAME.fullmatch(name) is not None and ".." not in name

    @property
    def is_standin(self) -> bool:
        """Whether it names this machine, where a stand-in of an outside service may listen."""
        return self.has_port and not self.below and names_loopback(self.name)


def read_host(text: str) -> Host:
    """An entry: `name` or `name:port`, the name in ASCII, an IPv6 address in brackets.

    Raises:
        ValueError: it is none of these.
    """
    found = _ENTRY.fullmatch(text.lower())
    if found is None:
        raise ValueError(text)
    name, port = found["name"], found["port"]
    if name.startswith("["):
        name = str(ipaddress.IPv6Address(name[1:-1]))
    elif not _NAME.fullmatch(name):
        raise ValueError(text)
    if port is not None and not 1 <= int(port) <= 65535:
        raise ValueError(text)
    return Host(name, int(port or HTTPS_PORT), has_port=port is not None)


def read_pattern(text: str) -> Host:
    """An entry, or `*.name` for all names below one that has two labels at least.

    Raises:
        ValueError: it is none of these.
    """
    if not text.startswith("*."):
        return read_host(text)
    found = read_host(text[2:])
    if "." not in found.name or ":" in found.name or found.name.replace(".", "").isdigit():
        raise ValueError(text)
    return replace(found, below=True)


def names_loopback(name: str) -> bool:
    """Whether a name says this machine in so many words."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
