"""Posts in a forum: each is a thread with its first message, made by a call that takes no nonce.

Promises: such a call is made once, and before it is made again the forum's posts are looked through; a post has the tags that the
channel's settings want, as far as the forum has them, and what it has not is said once. A tag that Discord does not know any more
costs no post.
"""

from __future__ import annotations

import structlog

from bot.adapters.discord.finding import Wanted, in_forum
from bot.adapters.discord.limits import THREAD_SLEEPS_AFTER
from bot.adapters.discord.places import Places
from bot.adapters.discord.posting import UNREADABLE, Job
from bot.adapters.discord.receipts import INVALID_FORM
from bot.adapters.discord.render import thread_name
from bot.adapters.discord.tagging import tags_of
from bot.adapters.discord.wire import CallError, refusal_of
from bot.core.deliveries import Outcome, Receipt

_PATH = "/channels/{channel_id}/threads"

log = structlog.get_logger(__name__)


class Forums:
    """Posts to forums."""

    def __init__(self, places: Places) -> None:
        """Nothing was posted yet.

        Args:
            places: what is known of the forums.
        """
        self._places = places
        self._told: set[tuple[str, str]] = set()

    async def post(self, job: Job, wanted: Wanted) -> Receipt:
        """Make a post, unless an earlier try made it.

        Raises:
            CallError: there is no answer, or the answer is no.
        """
        if job.delivery.attempt > 1:
            found = await self.find(job, wanted)
            if found is None and not job.message.repeated:
                return Receipt(Outcome.UNKNOWN, detail="a forum post of that name cannot be read")
            if found is not None and found.outcome is Outcome.ACCEPTED:
                return found
        post = {"name": thread_name(job.message), "auto_archive_duration": THREAD_SLEEPS_AFTER, "message": job.body}
        tags = await self._tags(job)
        places = {"channel_id": job.address}
        try:
            made = await job.wire.call("POST", _PATH, places, body=post | ({"applied_tags": tags} if tags else {}), once=True)
        except CallError as error:
            if not tags or error.doubtful or error.code != INVALID_FORM or "applied_tags" not in refusal_of(error):
                raise
            self._places.forget(job.address)  # somebody removed a tag meanwhile; refused is not made
            tags = await self._tags(job)
            made = await job.wire.call("POST", _PATH, places, body=post | ({"applied_tags": tags} if tags else {}), once=True)
        if not isinstance(made, dict) or "id" not in made:
            return UNREADABLE
        return Receipt(Outcome.ACCEPTED, message_ref=f"{made['id']}/{made['id']}")

    async def find(self, job: Job, wanted: Wanted) -> Receipt | None:
        """Whether a post is there: accepted, retry (certainly not), or None.

        Raises:
            CallError: the active posts cannot be listed.
        """
        place = await self._places.find(job.wire, job.address)
        return await in_forum(job.wire, job.address, place.guild, thread_name(job.message), wanted)

    async def _tags(self, job: Job) -> list[str]:
        place = await self._places.find(job.wire, job.address, tags=True)
        found = tags_of(job.message, job.settings.tags, place)
        for name in found.missing:
            if (job.address, name) not in self._told:
                self._told.add((job.address, name))
                log.warning("a forum has no such tag; its posts go without", channel=job.address, tag=name)
        return list(found.ids)
