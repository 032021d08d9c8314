"""``privacy export`` and ``privacy forget`` at the terminal: whole, refused with a sentence, and never by a slip."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.changes import numbered
from bot.core.messages import ReminderMessage
from bot.core.overlays import Audited
from bot.core.reminders import Reminder
from bot.core.silences import Mute, Silenced
from bot.service import people
from bot.store.database import Store

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PERSON = "slack:T1/U1"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose database knows one person."""

    async def fill() -> None:
        store = await Store.open(f"sqlite:{tmp_path / 'bot.db'}")
        row = numbered(Audited("slack:T1", "U1", NOW, "mute", ("m1",), (), ()))
        mute = Mute("m1", "slack:T1", Silenced.RULE, "cameras", "cameras", None, "U1", NOW)
        await store.change_mutes(made=[mute], ended=[], restored=[], audited=row)
        known = await people.known(store, "slack:T1", "U1")
        message = ReminderMessage("s1", "Headline", None, None, NOW, note="Ask “them”")
        reminder = Reminder("r1", "slack:T1", "team", "s1", message, known.key, NOW)
        await store.change_reminders(made=[reminder], ended=[], restored=[], audited=row)
        await store.close()

    asyncio.run(fill())
    path = tmp_path / "config.toml"
    path.write_text('database = { url = "sqlite:bot.db" }\n', encoding="utf-8")
    return path


def test_what_is_held_is_printed_as_one_json_object(watchlamp, config) -> None:
    ended = watchlamp("privacy", "export", PERSON, "-c", config)
    assert (ended.status, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["person"] == PERSON
    assert told["counts"] == {"audit": 2, "mutes": 1, "reminders": 1}
    assert (told["roles"], told["named_in"]) == ([], [])
    (mute,) = told["held"]["mutes"]
    assert (mute["member"], mute["kind"], mute["at"], mute["until"]) == ("U1", "rule", "2026-03-10T12:00:00Z", None)
    assert told["held"]["reminders"][0]["message"]["note"] == "Ask “them”"
    assert told["held"]["audit"][0]["subjects"] == ["m1"]


def test_nothing_is_forgotten_without_yes_and_everything_with_it(watchlamp, config) -> None:
    asked = watchlamp("privacy", "forget", PERSON, "-c", config)
    assert (asked.status, asked.out) == (
        0,
        f"Held about {PERSON}: 2 in audit, 1 in mutes, 1 in reminders. Nothing was changed; --yes forgets it.\n",
    )
    done = watchlamp("privacy", "forget", PERSON, "-c", config, "--yes")
    assert done.out == f"{PERSON} was forgotten: 2 in audit, 1 in mutes, 1 in reminders. Backups made before hold it still.\n"
    assert watchlamp("privacy", "forget", PERSON, "-c", config, "--yes").out == f"Nothing is held about {PERSON}.\n"
    assert json.loads(watchlamp("privacy", "export", PERSON, "-c", config).out)["held"] == {}


@pytest.mark.parametrize("verb", ["export", "forget"])
@pytest.mark.parametrize(
    ("person", "sentence"),
    [("anna", "names nobody"), ("slack:T1", "names nobody"), ("discord:123456789012345678/role/223456789012345678", "is a role")],
)
def test_who_is_no_person_is_refused_with_a_sentence(watchlamp, config, verb: str, person: str, sentence: str) -> None:
    ended = watchlamp("privacy", verb, person, "-c", config)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.err


def test_whom_the_configuration_names_is_told_so_and_not_forgotten_halfway(watchlamp, config) -> None:
    config.write_text(config.read_text("utf-8") + f'roles = {{ owner = ["{PERSON}"] }}\n', encoding="utf-8")
    assert json.loads(watchlamp("privacy", "export", PERSON, "-c", config).out)["roles"] == ["owner"]
    ended = watchlamp("privacy", "forget", PERSON, "-c", config, "--yes")
    assert ended.status == 2
    assert "roles.owner" in ended.err
    assert json.loads(watchlamp("privacy", "export", PERSON, "-c", config).out)["counts"]["mutes"] == 1
