"""The child alone, spoken to over its pipes: it answers, it ends with its input, it survives nothing it should not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.sandbox.frames import pack, pack_bytes, unpack


def speak(environ: dict[str, str], *frames: bytes) -> tuple[list[dict[str, object]], int]:
    """Send frames, close the pipe; the messages that came back and the exit status."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bot.sandbox.worker"],
        input=b"".join(frames),
        capture_output=True,
        env=environ,
        timeout=60,
        check=False,
    )
    messages, rest = [], done.stdout
    while rest:
        size = int.from_bytes(rest[:4], "big")
        messages.append(unpack(rest[4 : 4 + size]))
        rest = rest[4 + size :]
    return messages, done.returncode


def job(name: str, *, memory: int = 1024**3, blobs: tuple[str, ...] = (), **kwargs: object) -> bytes:
    return pack({"job": f"sandbox_jobs:{name}", "kwargs": kwargs, "blobs": list(blobs), "seconds": 20, "memory": memory})


def test_a_child_without_work_ends_with_its_input(environ: dict[str, str]) -> None:
    assert speak(environ) == ([{"ready": True}], 0)


def test_a_child_answers_job_after_job(environ: dict[str, str]) -> None:
    messages, status = speak(environ, job("echo", blobs=("data",), text="a"), pack_bytes(b"123"), job("echo", text="b"))
    assert messages == [{"ready": True}, {"value": "3 a"}, {"end": True}, {"value": "0 b"}, {"end": True}]
    assert status == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [("recurse", "nested too deeply"), ("give_up", "ValueError"), ("missing", "AttributeError"), ("connect", "PermissionError")],
)
def test_a_child_tells_what_went_wrong_and_goes_on(name: str, words: str, environ: dict[str, str]) -> None:
    messages, status = speak(environ, job(name, **({"port": 9} if name == "connect" else {})), job("echo"))
    assert words in str(messages[1]["error"])
    assert messages[-1] == {"end": True}
    assert status == 0


def test_a_child_without_memory_says_so_and_ends(environ: dict[str, str]) -> None:
    messages, status = speak(environ, job("hog", memory=256 * 1024**2), job("echo"))
    assert messages == [{"ready": True}, {"fatal": "memory"}]
    assert status == 0


@pytest.mark.parametrize("cut", [b"\x00", b"\x00\x00\x00\x09{}"])
def test_a_request_cut_off_is_the_end(cut: bytes, environ: dict[str, str]) -> None:
    assert speak(environ, cut) == ([{"ready": True}], 0)


def test_a_refusal_is_passed_on(environ: dict[str, str]) -> None:
    messages, _ = speak(environ, job("refuse", why="Not a feed."))
    assert messages[1] == {"error": "Not a feed."}
