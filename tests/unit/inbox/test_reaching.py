"""A webhook never reaches into the market's own network: every way in that we know is refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest

from app.inbox.outgoing import Undelivered
from app.inbox.reaching import (
    Reach,
    Unreachable,
    is_outside,
    parse_networks,
    parse_target,
    resolve_host,
)

PUBLIC = "93.184.216.34"


def reach(*addresses: str, **options: object) -> Reach:
    """A reach whose every host has these addresses."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return list(addresses)

    return Reach(resolve=resolve, **options)  # type: ignore[arg-type]


INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104 - refused, not bound to
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.64.0.1",
    "100.100.100.200",  # metadata of Alibaba Cloud
    "192.0.0.192",  # metadata of Oracle Cloud
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",  # metadata of AWS
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.216.34",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]


@pytest.mark.parametrize("address", INSIDE)
async def test_an_address_inside_is_refused(address: str) -> None:
    assert not is_outside(ipaddress.ip_address(address))
    with pytest.raises(Unreachable, match="内部网络"):
        await reach(address).check("https://example.com/hook")


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946"])
async def test_an_address_of_the_internet_is_not(address: str) -> None:
    target, addresses = await reach(address).check("https://example.com/hook?x=1")
    assert (target.host, target.port, addresses) == ("example.com", 443, (address,))


async def test_one_inside_among_several_is_enough() -> None:
    with pytest.raises(Unreachable):
        await reach(PUBLIC, "127.0.0.1").check("https://example.com/")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://①②⑦.⓪.⓪.①/",
        "https://0.0.0.0/",
    ],
)
async def test_every_spelling_of_this_machine_is_refused(url: str) -> None:
    with pytest.raises(Unreachable):
        await Reach(resolve=resolve_host).check(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.com/", "https"),
        ("ftp://example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://example.com/", "https"),
        ("javascript:alert(1)", "https"),
        ("https://user:pass@example.com/", "用户名"),
        ("https://example.com@127.0.0.1/", "用户名"),
        ("https://example.com:22/", "22"),
        ("https://example.com:5432/", "5432"),
        ("https://example.com:99999/", "格式"),
        ("https:///hook", "格式"),
        ("https://exa mple.com/", "格式"),
        ("https://example.com/\r\nHost: x", "格式"),
        ("https://example.com\\@127.0.0.1/", "格式"),
        ("https://" + "a" * 600 + ".com/", "格式"),
        ("https://market.test/hook", "本市场"),
        ("https://a_b.example/", "格式"),
        ("", "https"),
    ],
)
async def test_a_strange_target_is_refused_with_a_sentence(url: str, says: str) -> None:
    with pytest.raises(Unreachable) as refused:
        await reach(PUBLIC, own_host="market.test").check(url)
    assert says in refused.value.errors[0].message
    assert refused.value.errors[0].field == "url"


async def test_a_name_that_nobody_knows_is_refused() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    with pytest.raises(Unreachable, match="无法解析"):
        await Reach(resolve=unknown).check("https://nowhere.example/")
    with pytest.raises(Unreachable, match="无法解析"):
        await reach().check("https://nowhere.example/")


async def test_an_administrator_may_open_a_network() -> None:
    opened = parse_networks("10.1.0.0/16, fd00:1::/32")
    intranet = reach("10.1.2.3", allowed=opened)
    target, _ = await intranet.check("http://erp.corp.example:8069/hook")
    assert (target.scheme, target.port) == ("http", 8069)
    for address in ("10.2.0.1", "fd00:2::1"):
        with pytest.raises(Unreachable):
            await reach(address, allowed=opened).check("https://erp.corp.example/")
    # opening a network opens no port and no http of the others
    with pytest.raises(Unreachable):
        await reach(PUBLIC, allowed=opened).check("http://example.com/")
    with pytest.raises(ValueError, match="MARKET_WEBHOOK_ALLOW"):
        parse_networks("10.1.0.0/99")


async def test_a_name_that_moves_inside_later_is_refused_at_delivery() -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    moving = Reach(resolve=rebinding)
    await moving.check("https://rebind.example/")
    with pytest.raises(Undelivered, match="内部网络"):
        await moving.post("https://rebind.example/", body=b"{}", headers={})
    assert answers == [], "what was checked is what is connected to: no third look-up"


def test_hosts_of_other_alphabets_are_read_as_the_network_does() -> None:
    assert parse_target("https://例子.测试/").host == "xn--fsqu00a.xn--0zwm56d"
    assert parse_target("https://EXAMPLE.com/").host == "example.com"
