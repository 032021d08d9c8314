"""The gate: nothing reaches an address that is not public, in whatever way it is written, named or redirected to."""

from __future__ import annotations

import ipaddress

import httpcore
import pytest
from spellings import PRIVATE_NAMES, SPELLINGS, WITH_BLANKS

from bot.core.errors import FetchError
from bot.net.address import is_allowed
from bot.net.client import Fetcher
from bot.net.guard import GuardedBackend, Policy, SystemResolver, check_url

CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::7f00:1
64:ff9b:1::808:808 2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2001:0:7f00:1:: 2001:0:808:808:0:0:80ff:fffe 2001:2::1 2001:10::1
2001:20::1 2001:db8::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1 100::1 4000::1
""".split()  # noqa: SIM905  # a table, not a list

OPEN = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255
172.32.0.0 192.0.1.1 192.167.255.255 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8
64:ff9b::808:808 2002:808:808:: 2001:0:808:808:0:0:f7f7:f7f7 2001:4860:4860::8888
""".split()  # noqa: SIM905  # a table, not a list


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("address", "network"), [("10.0.0.1", "10.0.0.0/8"), ("fd00::1", "fd00::/8"), ("::ffff:10.0.0.1", "10.0.0.0/8")]
)
def test_a_network_of_net_allow_is_let_through(address: str, network: str) -> None:
    assert is_allowed(ipaddress.ip_address(address), (ipaddress.ip_network(network),))
    assert not is_allowed(ipaddress.ip_address(address), (ipaddress.ip_network("192.168.0.0/16"),))


def test_the_table_of_spellings_is_long_enough() -> None:
    assert len(set(SPELLINGS + WITH_BLANKS)) >= 100


@pytest.mark.parametrize("spelling", [*SPELLINGS, *WITH_BLANKS], ids=ascii)
async def test_no_spelling_of_a_private_address_reaches_a_listener(spelling: str, start, fetcher, names) -> None:
    inside = await start("127.0.0.9")
    names.table.update({name: [list(answer) for answer in answers] for name, answers in PRIVATE_NAMES.items()})
    client = fetcher(inside, allow=())
    with pytest.raises(FetchError) as told:
        await client.get(spelling.format(port=inside.port), accept="*/*", max_bytes=1000)
    assert told.value.reason in {"address", "name"}
    assert inside.connections == 0
    assert client.connections == 0
    assert str(told.value).endswith(".")
    assert "word" not in str(told.value)


async def test_a_name_is_resolved_once_and_the_checked_address_is_used(start, fetcher, names, reply) -> None:
    checked = await start("127.0.0.3")
    other = await start("127.0.0.9", checked.port)
    checked.answers["/"] = reply(body=b"checked")
    names.table["turning.example"] = [["127.0.0.3"], ["127.0.0.9"]]
    client = fetcher(checked, allow=(ipaddress.ip_network("127.0.0.3/32"),))
    response = await client.get(checked.url(host="turning.example"), accept="*/*", max_bytes=1000)
    assert response.body == b"checked"
    assert names.asked == ["turning.example"]
    assert checked.headers()["host"] == f"turning.example:{checked.port}".encode()
    await client.close()
    with pytest.raises(FetchError) as told:
        await fetcher(checked, allow=(ipaddress.ip_network("127.0.0.3/32"),)).get(
            checked.url(host="turning.example"), accept="*/*", max_bytes=1000
        )
    assert told.value.reason == "address"
    assert other.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.9:{port}/",
        "//127.0.0.9:{port}/",
        "http://inside.example:{port}/",
        "http://2130706441:{port}/",
        "http://[::ffff:127.0.0.9]:{port}/",
        "http://user@127.0.0.9:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.9:{port}/",
        "http:\\\\127.0.0.9:{port}/",
        "http://[",
        "http://127.0.0.9:99999/",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_into_private_space_is_refused(target: str, status: int, start, fetcher, names, reply) -> None:
    public = await start("127.0.0.3")
    inside = await start("127.0.0.9", public.port)
    names.table["inside.example"] = [["127.0.0.9"]]
    public.answers["/"] = reply(status, location=target.format(port=public.port))
    with pytest.raises(FetchError) as told:
        await fetcher(public, allow=(ipaddress.ip_network("127.0.0.3/32"),)).get(public.url(), accept="*/*", max_bytes=1000)
    assert told.value.reason in {"address", "redirect"}
    assert inside.connections == 0


async def test_every_request_and_redirect_passes_the_gate(start, fetcher, names, reply) -> None:
    """Fails when httpx no longer uses the backend that is set on its private attribute."""
    first, second = await start("127.0.0.3"), await start("127.0.0.4")
    first.answers["/"] = reply(302, location=second.url("/there"))
    second.answers["/there"] = reply(body=b"there")
    client = fetcher(first, second)
    asked: list[tuple[str, int]] = []
    guard = client._guard
    checked = guard._checked

    async def watch(host: str, port: int):
        asked.append((host, port))
        return await checked(host, port)

    guard._checked = watch
    assert (await client.get(first.url(), accept="*/*", max_bytes=100)).body == b"there"
    assert asked == [("127.0.0.3", first.port), ("127.0.0.4", second.port)]
    assert client.connections == 2


async def test_proxies_of_the_environment_are_not_used(start, fetcher, names, reply, monkeypatch: pytest.MonkeyPatch) -> None:
    site, proxy = await start("127.0.0.3"), await start("127.0.0.9")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url())
    site.answers["/"] = reply(body=b"direct")
    assert (await fetcher(site).get(site.url(), accept="*/*", max_bytes=100)).body == b"direct"
    assert proxy.connections == 0


async def test_a_configured_proxy_is_a_trusted_hop_that_gets_no_private_address(start, fetcher, names, reply) -> None:
    proxy = await start("127.0.0.9")
    proxy.answers["http://public.example/feed"] = reply(body=b"by proxy")
    client = fetcher(allow=(), proxy=proxy.url())
    assert (await client.get("http://public.example/feed", accept="*/*", max_bytes=100)).body == b"by proxy"
    assert names.asked == [], "the proxy resolves names"
    with pytest.raises(FetchError, match="not public"):
        await client.get("http://10.0.0.1/", accept="*/*", max_bytes=100)
    assert len(proxy.requests) == 1


async def test_a_proxy_that_refuses_is_told(start, fetcher, names, reply) -> None:
    proxy = await start("127.0.0.9")
    proxy.answers["public.example:443"] = reply(403)
    with pytest.raises(FetchError, match=r"net\.proxy") as told:
        await fetcher(allow=(), proxy=proxy.url()).get("https://public.example/", accept="*/*", max_bytes=100)
    assert told.value.reason == "proxy"


async def test_the_next_address_is_tried_when_one_does_not_accept(start, fetcher, names, reply, unused_tcp_port: int) -> None:
    site = await start("127.0.0.3")
    site.answers["/"] = reply(body=b"second")
    names.table["two.example"] = [["127.0.0.77", "127.0.0.3"]]
    assert (await fetcher(site).get(site.url(host="two.example"), accept="*/*", max_bytes=100)).body == b"second"
    names.table["none.example"] = [["127.0.0.77", "127.0.0.78"]]
    with pytest.raises(FetchError, match="does not accept connections"):
        await fetcher(site).get(site.url(host="none.example"), accept="*/*", max_bytes=100)
    names.table["empty.example"] = [[]]
    with pytest.raises(FetchError, match="has no address"):
        await fetcher(site).get(site.url(host="empty.example"), accept="*/*", max_bytes=100)


async def test_local_sockets_and_other_ports_are_refused_at_the_gate_itself(names) -> None:
    gate = GuardedBackend(Policy(), resolver=names)
    with pytest.raises(FetchError):
        await gate.connect_unix_socket("/run/x.sock")
    with pytest.raises(FetchError, match="Port 22"):
        await gate.connect_tcp("93.184.215.14", 22)
    await gate.sleep(0)
    assert isinstance(gate, httpcore.AsyncNetworkBackend)


async def test_the_systems_resolver_gives_addresses() -> None:
    resolver = SystemResolver()
    assert await resolver.resolve("127.0.0.1", 80) == ["127.0.0.1"]
    resolver.close()


async def test_without_a_resolver_the_systems_own_is_asked(start, reply) -> None:
    site = await start("127.0.0.1")
    site.answers["/"] = reply(body=b"x")
    values = type("Values", (), {"allow": (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))})()
    values.contact, values.allow_ports, values.proxy, values.ca_file = "", (site.port,), None, None
    async with Fetcher(values) as client:
        assert (await client.get(site.url(host="localhost"), accept="*/*", max_bytes=100)).body == b"x"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://example.org", "example.org"),
        ("https://example.org:443/a?b=c#d", "example.org"),
        ("http://EXAMPLE.org./", "example.org."),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://1.1.1.1/", "1.1.1.1"),
        ("http://[2606:4700::1111]/", "2606:4700::1111"),
        ("http://127.example.org/", "127.example.org"),
        ("http://under_score.example/", "under_score.example"),
    ],
)
def test_ordinary_addresses_pass(url: str, host: str) -> None:
    assert check_url(url, Policy()).raw_host.decode() == host
