"""Hands a picture to Slack, so that an answer can show it.

Promises: the file is shared by nothing but the answer that shows it; a failure raises, and leaves at most a file nobody sees.
Way: docs.slack.dev/messaging/working-with-files, uploading files (seen 2026-11).
"""

from __future__ import annotations

from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.reply import Picture


async def uploaded(client: AsyncWebClient, picture: Picture) -> str:
    """Slack's id of the picture, once it is there.

    Raises:
        SlackClientError: Slack refused it.
        aiohttp.ClientError, OSError, KeyError: it could not be sent, or the answer is none.
    """
    words = picture.words[:1_000] or None
    announced = await client.files_getUploadURLExternal(filename=picture.name, length=len(picture.png), alt_txt=words)
    address, file = str(announced["upload_url"]), str(announced["file_id"])
    session = client.session
    if session is None:
        raise SlackClientError("there is no session any more")
    async with session.post(address, data=picture.png, proxy=client.proxy, allow_redirects=False) as answer:
        if answer.status != 200:
            raise SlackClientError(f"status {answer.status}")
    await client.files_completeUploadExternal(files=[{"id": file, "title": picture.name}])
    return file
