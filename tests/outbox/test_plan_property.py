"""One property: whatever arrives, is sent, fails, is merged, taken back or told in a digest, a channel never gets two posts of one
story, no news twice below a message, and nothing of what people took back.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import Update, UpdateMessage
from bot.core.model import Level
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, plan, restore, retract, retracted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# ---------------------------------------------------------------- never two posts

TOLD = {DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT, DeliveryState.PENDING, DeliveryState.HELD}
arrival_kinds = st.builds(
    lambda age, rank, kind: (age, rank, kind in ("copy", "rerun"), kind == "rerun"),
    st.sampled_from([None, 0, 5, 300]),
    st.sampled_from([None, None, 0, 7]),
    st.sampled_from(["report", "copy", "rerun"]),
)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("news"),
            st.sampled_from(["s1", "s2", "s3"]),
            st.tuples(st.lists(arrival_kinds, min_size=1, max_size=3), st.integers(min_value=0, max_value=4)),
        ),
        st.tuples(st.just("send"), st.sampled_from([*DeliveryState]), st.none()),
        st.tuples(st.just("merge"), st.sampled_from([("s1", "s2"), ("s1", "s3"), ("s2", "s3")]), st.none()),
        st.tuples(st.just("digest"), st.none(), st.none()),
        st.tuples(st.just("retract"), st.sampled_from(["s1", "s2", "s3"]), st.booleans()),
        st.tuples(st.just("wait"), st.integers(min_value=1, max_value=600), st.none()),
    ),
    max_size=25,
)
UPDATES = [
    (),
    (UpdateMessage("s", Update.DEVELOPMENT, "The union appeals", url="https://a.example/1"),),
    (UpdateMessage("s", Update.DEVELOPMENT, "The mayor vetoes", url="https://a.example/2"),),
    (UpdateMessage("s", Update.COMMITMENT, "It lapses", date="2026-06-30", commitment="contract_end"),),
    (
        UpdateMessage("s", Update.CORRECTION, "The vote", sentences=("Correction: it was Monday.",)),
        UpdateMessage("s", Update.HEADLINE, "The vote is off", before="The vote"),
    ),
]
channels = st.sampled_from(
    [
        {},
        {"group_wait": timedelta(0)},
        {"max_per_hour": 1},
        {"digest": "hourly"},
        {"quiet_hours": (600, 780)},
        {"backfill": 2},
        {"max_age": None},
        {"updates": "off"},
        {"digest": "hourly", "break_through": Level.NORMAL},
    ]
)


@given(steps, channels)
@settings(max_examples=250, deadline=None, derandomize=True)
def test_a_channel_never_gets_two_posts_of_one_story(build, plans, walk, chosen):
    """Whatever arrives, is sent, fails, is merged or told in a digest, in any order."""
    outbox, channel, now, items = build.outbox(), build.channel(**chosen), build.noon, itertools.count()
    parents = {"s1": "s1", "s2": "s2", "s3": "s3"}
    reports = dict.fromkeys(parents, 1)

    def family(story_id):
        return [name for name, parent in parents.items() if parent == story_id]

    def news(story_id, kinds, merged_now=(), updates=()):
        arrivals = [
            Arrival(f"i{next(items)}", None if age is None else now - age * HOUR, rank, copy, rerun)
            for age, rank, copy, rerun in kinds
        ]
        reports[story_id] += sum(not arrival.copy for arrival in arrivals)
        planned = plan(
            build.message(story_id, independent=reports[story_id]),
            build.story(story_id),
            [plans.change(arrival.item_id, story_id, merged=merged_now) for arrival in arrivals],
            channel,
            outbox.history("team", family(story_id)),
            recent_posts=0,
            news=plans.facts(*arrivals),
            now=now,
            updates=updates,
        )
        gone = retracted(outbox.history("team", family(story_id)))
        assert not any(row.story_id in gone for row in planned.new), "nothing more is told of what people took back"
        assert not any(outbox.rows[revision.delivery_id].story_id in gone for revision in planned.revisions)
        outbox.commit(planned, now)
        assert planned.new or planned.revisions or planned.silence

    for verb, what, extra in walk:
        if verb == "news":
            kinds, which = extra
            news(parents[what], kinds, updates=UPDATES[which])
        elif verb == "merge" and parents[what[0]] != parents[what[1]]:
            older, younger = sorted((parents[what[0]], parents[what[1]]))
            for name in family(younger):
                parents[name] = older
            news(older, [(0, None, False, False)], (younger,))
        elif verb == "retract":
            story_id, history = parents[what], outbox.history("team", family(parents[what]))
            if extra:
                planned = restore(story_id, channel, history, now=now)
            else:
                planned = retract("It was not so.", story_id, channel, history, headline="A title", now=now)
            outbox.commit(planned, now)
        elif verb == "wait":
            now += timedelta(minutes=what)
        elif verb == "send":
            for row in [row for row in outbox.rows.values() if row.state is DeliveryState.PENDING][:1]:
                outbox.put(row.id, state=what, updated_at=now, reason=Reason.IN_DOUBT if what is DeliveryState.HELD else row.reason)
        elif verb == "digest":
            for row in [
                row for row in outbox.rows.values() if row.state is DeliveryState.HELD and row.reason is not Reason.IN_DOUBT
            ]:
                outbox.put(row.id, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, updated_at=now)
        for story_id in set(parents.values()):
            posts = [row for row in outbox.history("team", family(story_id)) if row.action is Action.POST]
            told = [row.story_id for row in posts if row.state in TOLD or row.reason is Reason.IN_DIGEST]
            assert len(told) == len(set(told)), "two messages under one story's name"
            pointers = {
                outbox.targets[row.id]
                for row in outbox.rows.values()
                if row.action is Action.EDIT and (row.message.pointer is not None or row.message.withdrawn)
            }
            alive = [row for row in posts if row.state in TOLD and row.id not in pointers and row.reason is not Reason.IN_DOUBT]
            assert len(alive) <= 1, "two messages of stories that proved to be one"
            replies = [row for row in outbox.history("team", family(story_id)) if row.action is Action.REPLY]
            assert channel.settings.updates == "thread" or not replies
            for name in family(story_id):
                below = [row for row in replies if row.story_id == name]
                assert sum(row.state is DeliveryState.PENDING for row in below) <= 1, "one reply waits at a time"
                shown = [row.message for row in below if row.state is DeliveryState.SENT]
                assert all(shown.count(message) == 1 for message in shown), "no news twice"
            assert all(outbox.rows[outbox.targets[row.id]].action is Action.POST for row in replies)
