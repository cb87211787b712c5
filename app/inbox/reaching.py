"""Reaching somebody else's server without letting him reach ours (SSRF).

A target's host is resolved by us, every address it has is checked, and the connection goes to a
checked address: what its name says a moment later does not matter. Redirects are not followed, the
proxy settings of the environment are not used, answers are cut at 64 kB and 10 seconds.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import httpx2

from app.core.errors import FieldError, Invalid
from app.core.i18n import Message, _n
from app.core.settings import Mode, Settings
from app.inbox.outgoing import Undelivered

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

PORTS: Final[Mapping[str, frozenset[int]]] = {
    "https": frozenset({443, 8443}),
    "http": frozenset({80, 8080}),
}
TIMEOUT_S: Final = 10
RESOLVE_S: Final = 5
MAX_ANSWER: Final = 64 * 1024
_TRIED_ADDRESSES: Final = 3
# Addresses that carry another address inside, which a gateway would unpack: 6to4, Teredo, NAT64.
# And blocks for protocols that Python's table calls global: an Oracle Cloud host asks 192.0.0.192
# for its metadata, 192.88.99.0/24 are the relays of 6to4.
_NEVER: Final = tuple(
    ipaddress.ip_network(net)
    for net in (
        "2002::/16",
        "2001::/32",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "::ffff:0:0/96",
        "::/96",
        "192.0.0.0/24",
        "192.88.99.0/24",
    )
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\.?")

_SHAPE = _n("网址格式不正确，应形如 https://example.com/hook")
_SCHEME = _n("回调地址必须使用 https://")
_USER = _n("网址中不能带用户名或密码")
_PORT = _n("不允许使用 %(port)s 端口，请使用 %(allowed)s")
_OWN = _n("回调地址不能指向本市场自己")
_UNKNOWN = _n("域名 %(host)s 无法解析，请检查拼写")
_INSIDE = _n("%(host)s 指向内部网络地址（%(address)s），出于安全考虑不能作为回调地址")
_AWAY = _n("无法连接（%(kind)s）")
_SLOW = _n("%(seconds)s 秒内没有答复")
_BROKEN = _n("连接中断（%(kind)s）")


class Unreachable(Invalid):
    """A target that the market does not speak to; says why."""

    code, title = "webhook-target", "回调地址不能使用"

    def __init__(self, source: str, **facts: object) -> None:
        super().__init__([FieldError("url", Message(source, **facts) if facts else source)])


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes: the address as written, taken apart."""

    url: str
    scheme: str
    host: str  # ASCII, without brackets
    port: int


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Every address of a host. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await asyncio.wait_for(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), RESOLVE_S)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_outside(address: IpAddress) -> bool:
    """Whether an address is an ordinary one of the public internet.

    Not loopback, private, link-local (cloud metadata), carrier-grade NAT, multicast, reserved or
    unspecified, and none that carries another address inside.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    if any(address in net for net in _NEVER if net.version == address.version):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int


@dataclass(frozen=True)
class Reach:
    """Which servers the market speaks to, and how. Wired once a process.

    ``allowed`` are networks that an administrator opened (MARKET_WEBHOOK_ALLOW), on any port;
    ``plain`` also lets http through (demonstrations, tests and opened networks);
    ``own_host`` is the market's own.
    """

    allowed: tuple[IpNetwork, ...] = ()
    plain: bool = False
    own_host: str = ""
    resolve: Resolve = field(default=resolve_host)

    async def check(self, url: str) -> tuple[Target, tuple[str, ...]]:
        """Take a target apart and find its addresses, all of them ours to reach.

        Raises Unreachable with a sentence. Asks the network: never inside a transaction.
        """
        target = parse_target(url)
        if target.host == self.own_host and not self.allowed:
            raise Unreachable(_OWN)
        try:
            found = await self.resolve(target.host, target.port)
            addresses = [ipaddress.ip_address(text) for text in found]
        except (OSError, UnicodeError, ValueError, TimeoutError):
            raise Unreachable(_UNKNOWN, host=target.host) from None
        if not addresses:
            raise Unreachable(_UNKNOWN, host=target.host)
        opened = all(self._is_opened(address) for address in addresses)
        for address in addresses:
            if not is_outside(address) and not self._is_opened(address):
                raise Unreachable(_INSIDE, host=target.host, address=str(address))
        if target.scheme == "http" and not (self.plain or opened):
            raise Unreachable(_SCHEME)
        if target.port not in PORTS[target.scheme] and not opened:
            allowed = "、".join(str(port) for port in sorted(PORTS[target.scheme]))
            raise Unreachable(_PORT, port=target.port, allowed=allowed)
        return target, tuple(str(address) for address in addresses)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post to a target, at a checked address. Raises Undelivered."""
        try:
            target, addresses = await self.check(url)
        except Unreachable as refused:
            raise Undelivered(refused.errors[0].message) from refused
        failure: Undelivered | None = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                for address in addresses[:_TRIED_ADDRESSES]:
                    try:
                        return await _post_to(target, address, body, headers)
                    except httpx2.ConnectError as error:
                        failure = Undelivered(Message(_AWAY, kind=_kind_of(error)))
        except TimeoutError:
            raise Undelivered(Message(_SLOW, seconds=TIMEOUT_S)) from None
        except httpx2.HTTPError as error:
            raise Undelivered(Message(_BROKEN, kind=type(error).__name__)) from error
        assert failure is not None, "a checked target has an address"
        raise failure

    def _is_opened(self, address: IpAddress) -> bool:
        return any(address in net for net in self.allowed if net.version == address.version)


def parse_target(url: str) -> Target:
    """Take an address apart. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").lower()
        host = host if ":" in host else host.encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        raise Unreachable(_SHAPE) from None
    if len(url) > 500 or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise Unreachable(_SHAPE)
    if parts.scheme not in PORTS:
        raise Unreachable(_SCHEME)
    if "@" in parts.netloc:
        raise Unreachable(_USER)
    if not (_HOST.fullmatch(host) or _is_ipv6(host)):
        raise Unreachable(_SHAPE)
    return Target(url, parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def parse_networks(text: str) -> tuple[IpNetwork, ...]:
    """MARKET_WEBHOOK_ALLOW: networks (CIDR) separated by commas. Raises ValueError."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("MARKET_WEBHOOK_ALLOW 应为以逗号分隔的网段，例如 10.1.0.0/16") from None


def make_reach(settings: Settings) -> Reach:
    """The way out of this market, by its settings."""
    return Reach(
        allowed=parse_networks(settings.webhook_allow),
        plain=settings.mode is not Mode.production,
        own_host=urlsplit(settings.public_url).hostname or "",
    )


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _post_to(target: Target, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post to one address under the target's name: Host, SNI and certificate are the name's."""
    written = urlsplit(target.url)
    at = f"[{address}]" if ":" in address else address
    path = (written.path or "/") + (f"?{written.query}" if written.query else "")
    default = target.port == (443 if target.scheme == "https" else 80)
    named = f"[{target.host}]" if ":" in target.host else target.host
    async with httpx2.AsyncClient(
        transport=httpx2.AsyncHTTPTransport(verify=_tls(), trust_env=False, retries=0),
        timeout=TIMEOUT_S,
        follow_redirects=False,
        trust_env=False,
    ) as client:
        request = client.build_request(
            "POST",
            f"{target.scheme}://{at}:{target.port}{path}",
            content=body,
            headers={**headers, "Host": named if default else f"{named}:{target.port}"},
            extensions={"sni_hostname": target.host},
        )
        response = await client.send(request, stream=True)
        try:
            await _read_some(response)
        finally:
            await response.aclose()
    return Answer(response.status_code)


async def _read_some(response: httpx2.Response) -> None:
    """Read what the other side says, up to a limit: it is never shown to anyone."""
    got = 0
    async for piece in response.aiter_raw():
        got += len(piece)
        if got > MAX_ANSWER:
            return


def _kind_of(error: httpx2.ConnectError) -> str:
    return "TLS" if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper() else "TCP"
