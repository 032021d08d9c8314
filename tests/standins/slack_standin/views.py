"""The methods about modals and the Home tab, and the triggers that open them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import content
from .checks import Problem
from .refusals import RefusedError
from .shapes import view_shown
from .state import Request, Trigger, View, World

TRIGGER_SECONDS = 3.0
"""How long a trigger_id serves (docs.slack.dev/reference/methods/views.open: about three seconds)."""


class Views:
    """views.*"""

    world: World
    strange_files: Callable[[dict[str, Any]], list[Problem]]

    def trigger(self, user: str, now: datetime) -> Trigger:
        """A new trigger for something a person did."""
        trigger = Trigger(
            f"{self.world.serial('')}.{self.world.home_of(user).id}.{hashlib.sha256(user.encode()).hexdigest()[:16]}", user, now
        )
        self.world.triggers[trigger.id] = trigger
        return trigger

    def _used(self, arguments: dict[str, Any]) -> Trigger:
        trigger = self.world.triggers.get(arguments.get("trigger_id", ""))
        if trigger is None:
            raise RefusedError("invalid_trigger_id")
        if trigger.used:
            raise RefusedError("exchanged_trigger_id")
        if (self.world.clock.now() - trigger.issued).total_seconds() > TRIGGER_SECONDS:
            raise RefusedError("expired_trigger_id")
        trigger.used = True
        return trigger

    def _view(self, body: Any, kind: str) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise RefusedError("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
        if len(json.dumps(body)) > content.VIEW_BYTES:
            raise RefusedError("view_too_large")
        problems = content.view_problems(body) or self.strange_files(body)
        if body.get("type") != kind:
            problems.append(Problem(f"unsupported type: {body.get('type')}", "/type", {"type": "enum", "expected": [kind]}))
        if problems:
            told = content.told(problems, view=True)
            raise RefusedError("invalid_arguments", response_metadata=told["response_metadata"])
        external = body.get("external_id")
        if external and any(view.body.get("external_id") == external for view in self.world.views.values()):
            raise RefusedError("duplicate_external_id")
        return body

    def _stored(self, user: str, body: dict[str, Any], previous: View | None = None) -> View:
        new = self.world.serial("V")
        return View(
            new,
            user,
            body,
            self.world.serial("156986"),
            previous.root if previous else new,
            previous.id if previous else None,
            team=self.world.us,
        )

    def _views_open(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        trigger = self._used(arguments)
        view = self._stored(trigger.user, self._view(arguments["view"], "modal"))
        self.world.views[view.id] = view
        return {"view": view_shown(view)}

    def _views_push(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        trigger = self._used(arguments)
        stack = [view for view in self.world.views.values() if view.user == trigger.user]
        if not stack:
            raise RefusedError("not_found")
        if len(stack) >= 3:
            raise RefusedError("push_limit_reached")
        view = self._stored(trigger.user, self._view(arguments["view"], "modal"), stack[-1])
        self.world.views[view.id] = view
        return {"view": view_shown(view)}

    def _views_update(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        external = arguments.get("external_id")
        view = self.world.views.get(arguments.get("view_id", "")) or next(
            (one for one in self.world.views.values() if external and one.body.get("external_id") == external), None
        )
        if view is None:
            raise RefusedError("not_found")
        if arguments.get("hash") not in {None, view.hash}:
            raise RefusedError("hash_conflict")
        body = self._view({**arguments["view"], "external_id": ""}, "modal") if external else self._view(arguments["view"], "modal")
        view.body, view.hash = {**body, **({"external_id": external} if external else {})}, self.world.serial("156986")
        return {"view": view_shown(view)}

    def _views_publish(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if not self.world.home_tab:
            raise RefusedError("not_enabled")
        user = arguments["user_id"]
        if user not in self.world.users:
            raise RefusedError("missing_profile_id")
        before = self.world.homes.get(user)
        if before is not None and arguments.get("hash") not in {None, before.hash}:
            raise RefusedError("hash_conflict")
        view = self._stored(user, self._view(arguments["view"], "home"))
        self.world.homes[user] = view
        return {"view": view_shown(view)}
