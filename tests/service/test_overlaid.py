"""Overlays through the alert stage: the shared stories stay as they are, a workspace's channels follow its constraints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import UserInputError
from bot.core.overlays import Bond
from bot.service.regroup import Named, Person, Regrouper
from bot.store.database import Store
from bot.stories.summary import summarise

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MORNING = NOW - timedelta(hours=4)
OPERATOR = Person("file", "operator", ("team",))


def regrouper(rig):
    return Regrouper(rig.store, rules=rig.rules, channels=rig.channels, workspace_of=lambda _: None, clock=rig.clock)


def bridge(event):
    return event("bridge", 1, MORNING + timedelta(hours=1), url="https://a.example/a")


async def arrived(rig, event):
    """Two stories that were told."""
    await rig.arrive(event("a", 0, MORNING))
    await rig.arrive(event("b", 1, MORNING))
    await rig.send()
    return await rig.story_of("a"), await rig.story_of("b")


async def shared_state(store):
    names = ("a", "b", "bridge")
    members = await store.members(names)
    return members, await store.stories({member.story_id for member in members.values()})


async def test_stories_that_people_set_apart_are_not_bridged_and_the_shared_ones_are_as_without_them(make_rig, event):
    rig = make_rig()
    older, younger = await arrived(rig, event)
    await regrouper(rig).split(OPERATOR, Named(older), Named(younger))
    await rig.arrive(bridge(event))
    assert [row["reason"] for row in await rig.send() if row["reason"] == "merged"] == []
    other = await Store.open("sqlite::memory:")
    try:
        plain = make_rig(of=other)
        await arrived(plain, event)
        await plain.arrive(bridge(event))
        assert [row["reason"] for row in await plain.send()] == ["merged"]
        assert await shared_state(rig.store) == await shared_state(other)
    finally:
        await other.close()


async def test_stories_that_a_shared_merge_brought_together_can_be_taken_apart_after_it(make_rig, event):
    rig = make_rig()
    older, younger = await arrived(rig, event)
    await rig.arrive(bridge(event))
    await rig.send()
    assert await rig.store.homes([older]) == {"a": older, "b": younger, "bridge": older}
    decided = await regrouper(rig).split(OPERATOR, Named(older), Named(younger))
    assert [one.bond for one in decided.made] == [Bond.APART]
    assert [story_id for story_id, _ in decided.stories] == [older, younger]
    rows = await rig.send()
    assert [(row["story_id"], row["reason"]) for row in rows if row["action"] == "edit"][-1] == (younger, "taken_apart")
    with pytest.raises(UserInputError, match="kept apart already"):
        await regrouper(rig).split(OPERATOR, Named(younger), Named(older))


async def test_what_joins_a_merged_story_in_one_batch_with_its_like_is_told_once(make_rig, event):
    rig = make_rig()
    older, younger = await arrived(rig, event)
    await regrouper(rig).merge(OPERATOR, Named(older), Named(younger))
    await rig.send()
    await rig.arrive(event("c", 1, MORNING + timedelta(hours=2)), event("d", 0, MORNING + timedelta(hours=2)))
    assert [row["action"] for row in await rig.send() if row["action"] == "post"] == []


async def test_a_batch_decided_before_a_person_decided_is_decided_again(make_rig, event):
    rig = make_rig()
    older, younger = await arrived(rig, event)

    class Meddling:
        """A store in which a person decides between a batch's decision and its commit, once."""

        meddled = False

        def __getattr__(self, name):
            return getattr(rig.store, name)

        async def commit_alert(self, batch):
            if not self.meddled:
                self.meddled = True
                await regrouper(rig).split(OPERATOR, Named(older), Named(younger))
            return await rig.store.commit_alert(batch)

    await rig.store_items(bridge(event))
    await rig.alerter(Meddling()).file_ready()
    assert await rig.story_of("bridge") == older
    assert [row["reason"] for row in await rig.send() if row["reason"] == "merged"] == []


async def test_a_decision_on_unknown_stories_is_refused(make_rig, event):
    rig = make_rig()
    older, _ = await arrived(rig, event)
    with pytest.raises(UserInputError, match="no story of this id"):
        await regrouper(rig).merge(OPERATOR, Named(older), Named("s00000000feed"))


async def test_under_a_decision_too_an_edit_keeps_the_sentences_that_were_told(make_rig, event):
    vote = "The council of Harbour City voted on Monday to end its contract for cameras that read number plates."
    searches = "Officers had searched the records 11,400 times last year."
    crowd = "Residents had filled the gallery of the town hall until the clerk closed its doors."
    rain = "Rain fell on the roof all night.\n\nNobody had brought a coat.\n\nThe baker next door sold bread."
    noise = "Residents filled the gallery in spite of all the noise outside, as the baker says."
    lead = event("a", 0, MORNING, content_text=f"{vote}\n\n{searches}\n\n{crowd}")
    radio = event("c", 0, MORNING + timedelta(hours=1), content_text=f"{rain}\n\n{noise}")
    assert summarise(lead, (), [(radio, ())]) == (vote, crowd), "else this test would show nothing"
    rig = make_rig()
    await rig.arrive(lead, event("b", 1, MORNING))
    await rig.send()
    older, younger = await rig.story_of("a"), await rig.story_of("b")
    await regrouper(rig).split(OPERATOR, Named(older), Named(younger))
    await rig.arrive(radio)
    (edit,) = await rig.send()
    assert (edit["action"], edit["story_id"]) == ("edit", older)
    lines = edit["text"].splitlines()
    assert vote in lines
    assert searches in lines
    assert crowd not in lines
