"""The whole look, in order: file, secrets, machine, what is remembered, what the outside says.

Promises: goes on after a mistake as far as it can; the same set-up gives the same findings in the same order, the gravest first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.compose import rule_findings
from bot.config.load import load, load_for_replay, unsupported
from bot.config.settings import Settings
from bot.core.clock import Clock, SystemClock
from bot.core.errors import ConfigError, Mistake
from bot.core.findings import Code, Finding, Level, error, warning
from bot.doctor import asked, configured, machine, remembered, tokens

_ORDER = tuple(Level)


async def examine(path: Path, environ: Mapping[str, str], *, online: bool, clock: Clock | None = None) -> tuple[Finding, ...]:
    """Look a set-up over.

    Args:
        path: the configuration.
        environ: the environment's variables.
        online: also ask the platforms, and the sources that were never read.
        clock: tells the time; None for the machine's.
    """
    clock = clock or SystemClock()
    found = [*machine.python(sys.version_info[:3])]
    settings, whole = None, True
    try:
        settings = load(path, environ=environ)
    except ConfigError as mistakes:
        whole = False
        found += [_mistake(mistake) for mistake in mistakes.mistakes]
        settings = _as_far_as_it_goes(path)
    if settings is not None:
        found += await _with(settings, environ, clock, whole=whole, online=online)
    return tuple(sorted(dict.fromkeys(_once(found)), key=lambda finding: _ORDER.index(finding.level)))


def _once(found: list[Finding]) -> list[Finding]:
    """Without what the configuration says of a token that is told with more words as one of the wrong kind."""
    kinds = [finding.where for finding in found if finding.code is Code.TOKEN_KIND]
    return [
        finding for finding in found if finding.code is not Code.TOKEN_UNREADABLE or not any(name in finding.what for name in kinds)
    ]


def _as_far_as_it_goes(path: Path) -> Settings | None:
    """The settings without secrets, if those are all that is amiss."""
    try:
        return load_for_replay(path)
    except ConfigError:
        return None


async def _with(settings: Settings, environ: Mapping[str, str], clock: Clock, *, whole: bool, online: bool) -> list[Finding]:
    bad = list(tokens.kinds(settings, environ))
    found = [*bad, *tokens.rights(settings.files, environ)]
    rules = list(_of_rules(settings))
    found += rules
    if whole:  # as a replay reads the file, channels may be missing and have other settings
        found += configured.look(settings)
        found += [error(Code.EXTRA_MISSING, f"{each.file}:{each.line}", f"{each.message}.") for each in unsupported(settings)]
    found += machine.database(settings.database_url)
    found += await machine.web(settings, clock)
    if any(finding.level is Level.ERROR for finding in rules):
        return found  # without rules nothing below can be judged
    known = await remembered.look(settings, clock.now())
    found += known.findings
    if online and whole and not bad:
        found += await asked.look(settings, known, clock, environ)
    return found


def _of_rules(settings: Settings) -> Iterator[Finding]:
    mistakes, warnings = rule_findings(settings)
    yield from (_mistake(mistake) for mistake in mistakes)
    yield from (_doubt(mistake) for mistake in (*warnings, *settings.warnings))


def _mistake(mistake: Mistake) -> Finding:
    return error(tokens.of_mistake(mistake), _where(mistake), f"{_sentence(mistake)}.")


def _doubt(mistake: Mistake) -> Finding:
    return warning(Code.CONFIGURATION_DOUBTFUL, _where(mistake), f"{_sentence(mistake)}.")


def _where(mistake: Mistake) -> str:
    return f"{mistake.file}:{mistake.line}" if mistake.line else mistake.file


def _sentence(mistake: Mistake) -> str:
    return f"{mistake.key}: {mistake.message}" if mistake.key else mistake.message
