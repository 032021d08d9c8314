"""Walks a guide: every block of a page is taken as it is written and done, in order, in a fresh folder.

A ``console`` block is commands, each after ``$``; a ``toml`` block that begins with ``# config.toml`` is that file (or goes to its
end), any other is tried as a configuration of its own; a ``text`` block is typed or opened where the page says. What a
person replaces (tokens, ids, addresses) is a table of words that the test gives; a word that the page does not hold fails the
walk, and so does a block that nothing was done with.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.config.load import load_for_replay

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""
_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block of a page.

    Attributes:
        kind: the word behind its fence.
        line: where it stands.
        text: without the fence and the indent of a list.
    """

    kind: str
    line: int
    text: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(found[2], page.count("\n", 0, found.start()) + 1, textwrap.dedent(found[3]).rstrip("\n"))
        for found in _FENCE.finditer(page)
    ]


@dataclass
class Walk:
    """One walk through one page.

    Attributes:
        folder: fresh.
        replaced: what the person puts for a word of the page.
        typed: does what a ``text`` block says.
        ready: waits until the bot that ``watchlamp run`` started is up.
        printed: is told what a command printed.
        done: what was done, a line each.
    """

    page: Path
    folder: Path
    replaced: dict[str, str]
    typed: Callable[[str], Awaitable[None]]
    ready: Callable[[], Awaitable[None]]
    printed: Callable[[str, str], Awaitable[None]]
    done: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    running: asyncio.subprocess.Process | None = None
    started: int = 0
    _used: set[str] = field(default_factory=set)

    async def walk(self) -> None:
        """Do the whole page."""
        kept = {
            name: value for name, value in os.environ.items() if "WATCHLAMP" not in name and not name.lower().endswith("_proxy")
        }
        self.environ = {**kept, "HOME": str(self.folder), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        try:
            for block in blocks(self.page.read_text(encoding="utf-8")):
                where = f"{self.page.name}:{block.line}"
                if block.kind == "console":
                    for command in self._commands(block):
                        await self._type(command, where)
                elif block.kind == "toml":
                    self._write(self._said(block.text), where)
                elif block.kind == "text":
                    for line in block.text.splitlines():
                        await self.typed(self._said(line))
                else:
                    raise AssertionError(f"{where}: nobody knows what to do with a block of the kind {block.kind}")
                self.done.append(where)
        finally:
            await self.stop()
        unused = set(self.replaced) - self._used
        assert not unused, f"{self.page.name} does not hold {sorted(unused)}"

    def _said(self, text: str) -> str:
        for word, instead in self.replaced.items():
            if word in text:
                self._used.add(word)
                text = text.replace(word, instead)
        return text

    def _commands(self, block: Block) -> list[str]:
        commands = [self._said(line.removeprefix("$ ")) for line in block.text.splitlines() if line.startswith("$ ")]
        assert commands, f"{self.page.name}:{block.line}: a console block without a command"
        return commands

    def _write(self, text: str, where: str) -> None:
        path = self.folder / "config.toml"
        first = text.split("\n", 1)[0]
        if first == "# config.toml":
            path.write_text(text + "\n", encoding="utf-8")
        elif first == "# config.toml, at its end":
            path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")
        else:
            alone = self.folder / "alone.toml"
            alone.write_text(text, encoding="utf-8")
            load_for_replay(alone)

    async def heard(self, command: str) -> str:
        """What a command prints that a person types beside the guide; it ends with 0."""
        both = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
        process = await asyncio.create_subprocess_exec("bash", "-c", command, cwd=self.folder, env=self.environ, **both)
        async with asyncio.timeout(PATIENCE):
            output = (await process.communicate())[0].decode()
        assert process.returncode == 0, f"{command} ended with {process.returncode}: {output}"
        return output

    async def _type(self, command: str, where: str) -> None:
        if command == "watchlamp run":
            await self.stop()
            self.running = await self._started(command, self.folder)
            up = asyncio.create_task(self.ready())
            ended = asyncio.create_task(self.running.wait())
            await asyncio.wait({up, ended}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
            assert up.done(), f"{where}: {command} ended or never came up: {self._heard()}"
            ended.cancel()
            await up
            return
        if command.startswith("python tests/"):  # serves until it is stopped: that it says how to use it is what can be shown
            server = await self._started(command, ROOT)
            await until(lambda: " = { " in self._heard() or server.returncode is not None, f"{where}: the line of {command}")
            server.send_signal(signal.SIGINT)
            assert await server.wait() == 0, f"{where}: {command}"
            return
        exports = self.folder / "environment"
        script = f"set -e\n{command}\nenv -0 > '{exports}'\n"
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            script,
            cwd=self.folder,
            env=self.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE):
            output = (await process.communicate())[0].decode()
        assert process.returncode == 0, f"{where}: {command} ended with {process.returncode}: {output}"
        self.environ = dict(entry.split("=", 1) for entry in exports.read_text(encoding="utf-8").split("\0") if "=" in entry)
        await self.printed(command, output)

    async def _started(self, command: str, where: Path) -> asyncio.subprocess.Process:
        self.started += 1
        with self._out.open("wb") as out:
            return await asyncio.create_subprocess_exec(
                "bash",
                "-c",
                f"exec {command}",
                cwd=where,
                env=self.environ,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                # A shell that starts this run in the background has told it to ignore Ctrl+C, and children inherit that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    @property
    def _out(self) -> Path:
        return self.folder / f"out{self.started}"

    def _heard(self) -> str:
        """What the program that was started last has printed."""
        return self._out.read_text(encoding="utf-8")

    async def stop(self) -> None:
        """End the bot, as Ctrl+C or a supervisor does; it ends well."""
        if self.running is None:
            return
        running, self.running = self.running, None
        if running.returncode is None:
            running.terminate()
        async with asyncio.timeout(PATIENCE):
            status = await running.wait()
        assert status == 0, f"watchlamp run ended with {status}: {self._heard()}"


async def until(done: Callable[[], Any], what: str) -> Any:
    """What ``done`` tells as soon as it is something."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (told := done()):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen") from None
    return told
