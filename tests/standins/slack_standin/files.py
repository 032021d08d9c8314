"""The methods about files, and whether a file that a message or view shows is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import content
from .checks import Problem
from .refusals import RefusedError
from .state import Channel, File, Message, Request, World


class Files:
    """files.*"""

    world: World
    _base: Callable[[], str]
    channel: Callable[..., Channel]
    _thread: Callable[[Channel, dict[str, Any]], str | None]

    def strange_files(self, body: dict[str, Any]) -> list[Problem]:
        """Images that show a file of Slack's which is not there or not complete."""
        found = []
        for number, block in enumerate(body.get("blocks") or ()):
            shown = block.get("slack_file") if isinstance(block, dict) else None
            if shown:
                known = self.world.files.get(shown.get("id", ""))
                if known is None or not known.complete:
                    found.append(Problem("invalid slack file", f"/blocks/{number}/slack_file", {"type": "slack_file"}))
        return found

    def refused_files(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """The error a message with such an image is refused with; None without."""
        found = self.strange_files(body)
        return ("invalid_blocks", content.told(found)) if found else None

    def _files_getUploadURLExternal(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        file = File(self.world.serial("F"), arguments["filename"], arguments["length"])
        self.world.files[file.id] = file
        return {"upload_url": f"{self._base()}/upload/{file.id}", "file_id": file.id}

    def _files_completeUploadExternal(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        files = []
        for given in arguments["files"]:
            file = self.world.files.get(given.get("id", "") if isinstance(given, dict) else "")
            if file is None or file.content is None or file.complete:
                raise RefusedError("file_not_found")
            files.append((file, given.get("title")))
        if target := arguments.get("channel_id") or arguments.get("channels"):
            channel = self.channel(target, write=True)
            body = {"channel": channel.id, "text": arguments.get("initial_comment", ""), "blocks": arguments.get("blocks")}
            message = Message(
                channel.id, self.world.next_ts(), self.world.us.bot_user, body, self.world.clock.now(),
                thread_ts=self._thread(channel, arguments), files=[file.id for file, _ in files],
            )  # fmt: skip
            self.world.messages[channel.id].append(message)
            request.stored = message.ts
        for file, title in files:
            file.complete, file.title = True, title
        return {"files": [{"id": file.id, "title": title or file.name} for file, title in files]}
