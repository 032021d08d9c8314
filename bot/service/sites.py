"""What is remembered of the sites behind the sources: which want to be left alone, and whether it is we who are away.

Promises: a site that said it is asked too often is asked by none of its sources until its time is up, also after a restart; when
one site after the other cannot be reached, that is taken for our own connection's fault, not theirs. Asks nobody and stores
nothing: the poller does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.core.errors import WatchlampError
from bot.core.sources import SourceConfig, SourceState
from bot.service import rhythm, sourcehealth
from bot.service.rhythm import Throttle

AWAY_FROM = 5
AWAY_SHARE = 0.8
"""So many sites in a row that cannot be reached, four of five of all, with none in between that can: our own connection is away."""


class Sites:
    """The sites of declared sources.

    Args:
        sources: by id.
        where: the true address of a source, which may be secret. It is kept in memory only.
    """

    def __init__(self, sources: Mapping[str, SourceConfig], where: Callable[[SourceConfig], str]) -> None:
        self._sources = sources
        self._where = where
        self._throttles: dict[str, Throttle] = {}
        self._unreached: set[str] = set()

    def address(self, config: SourceConfig, state: SourceState) -> str:
        """The address to ask: the adopted one, else the configured one; a source that has none is a site of its own."""
        return state.adopted_url or self._where(config) or f"source:{config.id}"

    def of(self, config: SourceConfig, state: SourceState) -> str:
        """The site on which a source is asked."""
        return rhythm.site_of(self.address(config, state))

    def remember(self, states: Mapping[str, SourceState]) -> None:
        """Hear which sites wanted to be left alone when this process began."""
        for source_id, state in states.items():
            if source_id in self._sources and state.throttled_until is not None:
                site = self.of(self._sources[source_id], state)
                known = self._throttles.get(site)
                times = max(state.failures, 1)
                if known is None or known.until < state.throttled_until:
                    self._throttles[site] = Throttle(state.throttled_until, max(times, known.times if known else 0))

    def may_be_asked(self, site: str, now: datetime) -> bool:
        """Whether the site's time to be left alone is up."""
        throttle = self._throttles.get(site)
        return throttle is None or throttle.until <= now

    def throttle(self, site: str, error: WatchlampError, now: datetime) -> datetime:
        """The site said it is asked too often: until when it is left alone."""
        self._throttles[site] = throttle = rhythm.throttled(self._throttles.get(site), error, now)
        return throttle.until

    def answered(self) -> None:
        """Some site could be reached, so our connection is there."""
        self._unreached.clear()

    def recovered(self, site: str, now: datetime) -> None:
        """A site that answers again begins anew; an answer to what was asked before it complained says nothing."""
        throttle = self._throttles.get(site)
        if throttle is not None and throttle.until <= now:
            del self._throttles[site]

    def are_we_away(self, site: str, state: SourceState) -> bool:
        """Whether one site after the other could not be reached since the last one that could: then it is we who are away.

        Args:
            site: the one that failed just now.
            state: of the source that failed, with its trouble.
        """
        if state.trouble not in sourcehealth.UNREACHED:
            self._unreached.clear()
            return False
        self._unreached.add(site)
        sites = {rhythm.site_of(self._where(config) or config.id) for config in self._sources.values()}
        return len(self._unreached) >= max(AWAY_FROM, AWAY_SHARE * len(sites))
