"""Calls: one request each, through the gate, and never a guess about whether it left."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config.secret import Secret
from bot.core.clock import VirtualClock
from bot.core.leased import LeaseOverError, leaving_while
from bot.net.calls import LARGEST_ANSWER, Called, Caller, Trouble

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@pytest.fixture
async def call(start, names):
    """A site, and a function that calls an address of it."""
    site = await start()
    callers = []

    async def go(target="/hook", *, host=None, url=None, **settings):
        values = Settings(allow_ports=(site.port,), **settings)
        deadline = settings_deadline.get("seconds", 5.0)
        caller = Caller(values, clock=VirtualClock(NOW), deadline=deadline, resolver=names)
        callers.append(caller)
        go.caller = caller
        return await caller.call(Secret(url or site.url(target, host)), b'{"a":"b"}', {"Content-Type": "application/json"})

    settings_deadline = {}
    go.site, go.within = site, lambda seconds: settings_deadline.update(seconds=seconds)
    yield go
    for caller in callers:
        await caller.close()


class Settings:
    def __init__(self, *, allow=(LOOPBACK,), allow_ports=(), contact="mailto:ops@example.org", proxy=None, ca_file=None):
        self.allow, self.allow_ports, self.contact, self.proxy, self.ca_file = allow, allow_ports, contact, proxy, ca_file


async def test_a_call_is_one_post_with_its_document_and_who_we_are(call, reply):
    call.site.answers["/hook"] = reply(202)
    assert await call() == Called(202)
    assert call.site.requests[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert call.site.bodies == [b'{"a":"b"}']
    headers = call.site.headers()
    assert headers["content-type"] == b"application/json"
    assert headers["user-agent"].startswith(b"Watchlamp/")
    assert headers["user-agent"].endswith(b"(+mailto:ops@example.org)")
    assert call.caller.connections == 1


async def test_a_call_that_may_not_leave_any_more_once_it_is_connected_does_not(call, reply):
    call.site.answers["/hook"] = reply(202)
    with leaving_while(lambda: False), pytest.raises(LeaseOverError):
        await call()
    assert call.site.requests == []


async def test_each_call_has_a_connection_of_its_own_so_that_none_can_be_closed_under_it(call, reply):
    call.site.answers["/hook"] = reply(200)
    async with Caller(Settings(allow_ports=(call.site.port,)), clock=VirtualClock(NOW)) as caller:
        for _ in range(3):
            assert (await caller.call(Secret(call.site.url("/hook")), b"{}", {})).status == 200
    assert call.site.connections == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(call, reply, status):
    call.site.answers["/hook"] = reply(status, location="/elsewhere")
    assert (await call()).status == status
    assert len(call.site.requests) == 1


async def test_a_name_and_password_in_the_address_are_sent_as_authorization_and_nowhere_else(call, reply):
    call.site.answers["/hook"] = reply(204)
    url = call.site.url("/hook").replace("http://", "http://anna:p%40ss%3Aword@")
    assert (await call(url=url)).status == 204
    assert call.site.headers()["authorization"] == b"Basic YW5uYTpwQHNzOndvcmQ="
    assert b"@" not in call.site.headers()["host"]


@pytest.mark.parametrize(
    ("given", "seconds"), [("7", 7.0), ("1.5", 1.5), ("Tue, 10 Mar 2026 12:01:00 GMT", 60.0), ("soon", None), ("", None)]
)
async def test_how_long_to_wait_is_told_as_the_answer_says_it(call, reply, given, seconds):
    call.site.answers["/hook"] = reply(429, retry_after=given)
    assert await call() == Called(429, seconds)


# ---------------------------------------------------------------- what was certainly not sent


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "[::1]", "0x7f.1", "localhost"])
async def test_a_private_address_is_not_called_unless_it_is_allowed(call, names, address):
    names.table["localhost"] = [["127.0.0.2"]]
    called = await call(host=address, allow=())
    assert called == Called(sent=False, trouble=Trouble.ADDRESS)
    assert call.site.requests == []


async def test_a_name_that_leads_to_a_private_address_is_not_called(call, names):
    names.table["partner.example"] = [["127.0.0.2"]]
    assert await call(host="partner.example", allow=()) == Called(sent=False, trouble=Trouble.ADDRESS)
    assert (await call(host="partner.example")).status == 404


@pytest.mark.parametrize("url", ["ftp://partner.example/", "http://partner.example:99/", "http:///x", "nonsense", "http://[x/"])
async def test_what_is_no_address_for_a_call_is_not_called(call, url):
    assert await call(url=url) == Called(sent=False, trouble=Trouble.ADDRESS)


async def test_a_name_without_an_address_and_a_closed_port_are_known_not_to_have_been_reached(call, unused_tcp_port):
    assert await call(host="nowhere.example") == Called(sent=False, trouble=Trouble.NAME)
    async with Caller(Settings(allow_ports=(unused_tcp_port,)), clock=VirtualClock(NOW)) as caller:
        called = await caller.call(Secret(f"http://127.0.0.1:{unused_tcp_port}/"), b"{}", {})
    assert called == Called(sent=False, trouble=Trouble.CONNECT)


async def test_a_certificate_nobody_vouches_for_ends_it_before_anything_is_sent(call):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent / "loopback.pem")
    asked = []

    async def serve(reader, writer):
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with Caller(Settings(allow_ports=(port,)), clock=VirtualClock(NOW)) as caller:
        called = await caller.call(Secret(f"https://127.0.0.1:{port}/"), b"{}", {})
    server.close()
    assert called == Called(sent=False, trouble=Trouble.CONNECT)
    assert asked == []


async def test_a_connection_that_never_comes_about_is_known_not_to_have_carried_anything(call, names):
    class Slow:
        async def resolve(self, host, port):
            await asyncio.Event().wait()

    async with Caller(Settings(), clock=VirtualClock(NOW), deadline=0.05, resolver=Slow()) as caller:
        called = await caller.call(Secret("http://partner.example/"), b"{}", {})
    assert called == Called(sent=False, trouble=Trouble.TIMEOUT)


async def test_a_proxy_that_refuses_the_tunnel_has_carried_nothing(call, reply):
    call.site.answers["partner.example:443"] = reply(403)
    called = await call(url="https://partner.example/hook", proxy=call.site.url(""))
    assert called == Called(sent=False, trouble=Trouble.CONNECT)
    assert call.site.requests[0].startswith(b"CONNECT ")


# ---------------------------------------------------------------- what nobody knows


async def hang_up(writer):
    """Takes the request and closes without a word."""


async def silence(writer):
    await asyncio.sleep(30)


async def half_an_answer(writer):
    writer.write(b"HTTP/1.1 2")


async def no_http(writer):
    writer.write(b"220 mail.example ESMTP\r\n")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [(hang_up, Trouble.BROKEN), (half_an_answer, Trouble.BROKEN), (no_http, Trouble.BROKEN), (silence, Trouble.TIMEOUT)],
)
async def test_a_request_that_left_and_got_no_answer_may_have_arrived(call, answer, trouble):
    call.site.answers["/hook"] = answer
    if answer is silence:
        call.within(1.0)
    assert await call() == Called(sent=True, trouble=trouble)
    assert len(call.site.requests) == 1, "a call is never repeated by itself"


async def test_an_answer_counts_as_soon_as_its_head_is_there_however_its_body_ends(call):
    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_ANSWER * 2))
        await writer.drain()
        await asyncio.sleep(30)

    async def torn(writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async def lame(writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        await asyncio.sleep(30)

    for answer in (endless, torn, lame):
        call.site.answers["/hook"] = answer
        assert (await call()).status == 200


async def test_nothing_of_the_address_is_logged_or_printed(call, caplog):
    call.site.answers["/CANARY-path"] = hang_up
    with caplog.at_level(logging.DEBUG):
        called = await call(url=call.site.url("/CANARY-path?key=CANARY-key").replace("//", "//anna:CANARY-pass@"))
    assert called.sent
    assert "CANARY" not in caplog.text + repr(called)
