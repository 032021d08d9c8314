"""What is sent beside plain questions: a document for a token, a key in a header of its own."""

from __future__ import annotations

import pytest

from bot.core.errors import FetchError

URL = "/xrpc/createSession"


class Key:
    def __init__(self, value: str) -> None:
        self.value = value

    def reveal(self) -> str:
        return self.value


async def test_a_document_is_sent_and_its_answer_read(start, fetcher, reply) -> None:
    site = await start()
    site.answers[URL] = reply(body=b'{"accessJwt": "x"}')
    answer = await fetcher(site).exchange(site.url(URL), document=b'{"password": "p"}', max_bytes=1000)
    assert answer == b'{"accessJwt": "x"}'
    assert site.requests[0].startswith(b"POST ")
    assert site.bodies == [b'{"password": "p"}']
    assert site.headers()["content-type"] == b"application/json"
    assert "authorization" not in site.headers()


async def test_an_empty_document_is_sent_with_a_token(start, fetcher, reply) -> None:
    site = await start()
    site.answers[URL] = reply(body=b"{}")
    await fetcher(site).exchange(site.url(URL), document=b"", max_bytes=1000, authorization=Key("Bearer abc"))
    assert site.headers()["authorization"] == b"Bearer abc"
    assert "content-type" not in site.headers()


@pytest.mark.parametrize("status", [201, 302, 307, 400, 401, 429, 500])
async def test_what_is_sent_goes_nowhere_else_and_any_other_status_is_an_error(start, fetcher, reply, status: int) -> None:
    site = await start()
    other = await start("127.0.0.3", port=site.port)
    site.answers[URL] = reply(status, b"no", location=other.url("/"), retry_after="7")
    with pytest.raises(FetchError) as told:
        await fetcher(site).exchange(site.url(URL), document=b'{"password": "p"}', max_bytes=1000)
    assert (told.value.reason, told.value.status) == ("status", status)
    assert other.requests == []


async def test_an_answer_that_is_too_long_is_refused(start, fetcher, reply) -> None:
    site = await start()
    site.answers[URL] = reply(body=b"x" * 5000)
    with pytest.raises(FetchError) as told:
        await fetcher(site).exchange(site.url(URL), document=b"{}", max_bytes=1000)
    assert told.value.reason == "too_large"


async def test_an_address_that_is_not_public_is_sent_nothing(start, fetcher, reply) -> None:
    site = await start()
    client = fetcher(site, allow=())
    with pytest.raises(FetchError) as told:
        await client.exchange(site.url(URL), document=b"{}", max_bytes=1000)
    assert told.value.reason == "address"
    assert site.requests == []


async def test_a_key_in_a_header_of_its_own_stands_there_as_it_is(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/list"] = reply(body=b"{}")
    client = fetcher(site)
    await client.get(site.url("/list"), accept="*/*", max_bytes=10, authorization=Key("user:pass"), header="X-Api-Key")
    assert site.headers()["x-api-key"] == b"user:pass"
    assert "authorization" not in site.headers()
    await client.get(site.url("/list"), accept="*/*", max_bytes=10, authorization=Key("Token abc"), header="authorization")
    assert site.headers()["authorization"] == b"Token abc"


async def test_a_key_in_a_header_of_its_own_does_not_follow_a_redirect_elsewhere(start, fetcher, reply) -> None:
    site = await start()
    other = await start("127.0.0.3", port=site.port)
    site.answers["/list"] = reply(302, location=other.url("/list"))
    other.answers["/list"] = reply(body=b"{}")
    await fetcher(site).get(site.url("/list"), accept="*/*", max_bytes=10, authorization=Key("k"), header="X-Api-Key")
    assert "x-api-key" not in other.headers()


async def test_a_body_without_end_costs_its_cap_and_a_chunk(start, fetcher) -> None:
    site = await start()
    sent = 0

    async def pour(writer) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            sent += 65_536
            await writer.drain()

    site.answers["/"] = pour
    with pytest.raises(FetchError) as told:
        await fetcher(site).get(site.url(), accept="*/*", max_bytes=1_000_000)
    assert told.value.reason == "too_large"
    assert sent < 16_000_000, "what stands in the buffers of both sides is the most that is sent in vain"
