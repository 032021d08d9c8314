"""What the tests of the planner share: plans with the ordinary case filled in, and the rows that they begin from."""

from __future__ import annotations

from typing import Any

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.model import StoryChange, Tier
from bot.core.outbox import NewDelivery
from bot.core.reasons import Reason
from bot.outbox.plan import Arrival, NewsFacts, Plan, plan


class Plans:
    """Plans about story s1 in an ordinary channel; ``build`` makes everything else."""

    def __init__(self, build: Any) -> None:
        self.build = build

    @staticmethod
    def facts(*arrivals: Arrival) -> NewsFacts:
        return NewsFacts(arrivals)

    @staticmethod
    def change(item_id: str = "i1", story_id: str = "s1", *, tier: Tier = Tier.NEW, **more: Any) -> StoryChange:
        return StoryChange(item_id=item_id, tier=tier, story_id=story_id, **more)

    def decide(self, history: Any = (), **given: Any) -> Plan:
        """Plan with the ordinary case filled in: one new report at noon, in an empty channel."""
        arrivals = given.get("arrivals", [Arrival("i1", self.build.noon)])
        return plan(
            given.get("message") or self.build.message(),
            given.get("story") or self.build.story(),
            given.get("changes", [self.change(arrival.item_id) for arrival in arrivals]),
            given.get("channel") or self.build.channel(),
            history,
            recent_posts=given.get("recent_posts", 0),
            news=self.facts(*arrivals),
            now=given.get("now") or self.build.noon,
        )

    @staticmethod
    def only(planned: Plan) -> NewDelivery:
        """The one row of a plan that writes one row and revises none."""
        assert planned.revisions == ()
        (row,) = planned.new
        return row

    def edit_row(self, outbox: Any, number: int, state: DeliveryState, **given: Any) -> Delivery:
        """An edit of the first post, as it stands in the outbox."""
        return outbox.post(
            number,
            id=f"e{number}",
            action=Action.EDIT,
            state=state,
            reason=given.get("reason", Reason.NEW_OUTLET),
            story_id=given.get("story_id", "s1"),
            target_id="d-team-1",
            message=given.get("message") or self.build.message(independent=number),
            now=given["updated_at"],
        )
