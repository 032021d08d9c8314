"""Routes by which the application answers people: the callback, the original answer, follow-ups. Their token is in the path."""

from __future__ import annotations

from typing import Any

from . import checks
from .ask import Answer, Ask, route
from .errors import Refused
from .interactions import ANSWER_WITHIN, COMMAND, COMPONENT, DEFERRED, MODAL, TOKEN_LIVES, Interaction
from .rest_messages import apply_edit, check_body, remove, waking
from .world import Message

FOLLOWUP_FLAGS = checks.CREATE_FLAGS | checks.EPHEMERAL


@route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", interaction=True, in_path=True)
async def callback(api: Any, ask: Ask) -> Answer:
    interaction: Interaction | None = api.interactions.get(ask.parameters["interaction_token"])
    if interaction is None or interaction.id != ask.parameters["interaction_id"]:
        raise Refused(10062)
    after = api.clock.now() - interaction.created
    if interaction.answer is not None:
        raise Refused(40060)
    if after > ANSWER_WITHIN:
        interaction.lost = True
        api.violations.append(f"interaction {interaction.id} was answered after {after.total_seconds():.1f} s; Discord waits 3")
        raise Refused(10062)
    body = ask.body or {}
    Ask.refuse(checks.callback(body, kind=interaction.kind))
    data = body.get("data") or {}
    if body["type"] == 4:
        check_body(api, data, flags=data.get("flags") or 0, allowed_flags=FOLLOWUP_FLAGS, files=len(ask.files))
    if body["type"] == 7:
        if interaction.message is None:
            raise Refused(50035, problems=[(("type",), "there is no message to update")])
        apply_edit(api, interaction.message, Ask(ask.method, ask.template, ask.parameters, ask.query, data, ask.files))
    interaction.answer = body
    interaction.answered_after = after
    _take(api, interaction, body["type"], data, ask)
    interaction.done.set()
    interaction.note()
    if ask.query.get("with_response") not in {"1", "true", "True"}:
        return Answer(status=204)
    return Answer(_printed(api, interaction, body["type"]))


def _take(api: Any, interaction: Interaction, kind: int, data: dict[str, Any], ask: Ask) -> None:
    match kind:
        case 4:
            interaction.ephemeral = bool((data.get("flags") or 0) & checks.EPHEMERAL)
            interaction.original = _message(api, interaction, data, ask.files, ephemeral=interaction.ephemeral)
        case 5:
            interaction.ephemeral = bool((data.get("flags") or 0) & checks.EPHEMERAL)
        case 6 | 7:
            interaction.original = interaction.message
        case 8:
            interaction.choices = data.get("choices") or []
        case 9:
            interaction.modal = data


def _message(
    api: Any, interaction: Interaction, body: dict[str, Any], files: tuple[tuple[str, int], ...], *, ephemeral: bool
) -> Message:
    """Put an answer into the channel; an ephemeral one only the person sees."""
    message: Message = api.world.post(
        interaction.channel,
        api.world.me,
        body,
        files=files,
        kind=20 if interaction.kind == COMMAND else 0,
        pings=waking(api, interaction.channel, body),
        seen_by=interaction.user if ephemeral else None,
        interaction=_metadata(interaction),
    )
    if ephemeral:
        message.flags |= checks.EPHEMERAL
    return message


def _metadata(interaction: Interaction) -> dict[str, Any]:
    """Where a message came from, as Discord prints it on the message."""
    printed: dict[str, Any] = {
        "id": interaction.id,
        "type": interaction.kind,
        "user": interaction.user.payload(),
        "authorizing_integration_owners": {},
    }
    if interaction.kind == COMPONENT and interaction.message is not None:
        printed["interacted_message_id"] = interaction.message.id
    if interaction.kind == MODAL and interaction.trigger is not None:
        printed["triggering_interaction_metadata"] = _metadata(interaction.trigger)
    return printed


def _printed(api: Any, interaction: Interaction, kind: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": interaction.id,
        "type": interaction.kind,
        "response_message_loading": kind == DEFERRED,
        "response_message_ephemeral": interaction.ephemeral,
    }
    if interaction.original is not None:
        told["response_message_id"] = interaction.original.id
    printed: dict[str, Any] = {"interaction": told}
    if kind in {4, 7}:
        printed["resource"] = {"type": kind, "message": api.world.payload(interaction.original)}
    return printed


# ---------------------------------------------------------------- afterwards


def _interaction_of(api: Any, ask: Ask) -> Interaction:
    """The answered interaction whose token is in the path."""
    interaction: Interaction | None = api.interactions.get(ask.parameters["webhook_token"])
    if interaction is None or ask.parameters["webhook_id"] != api.world.me.id:
        raise Refused(10015)
    if api.clock.now() - interaction.created > TOKEN_LIVES:
        raise Refused(50027)
    if interaction.answer is None:
        raise Refused(10015)  # Discord knows no such webhook before the interaction is answered
    return interaction


def _message_of(interaction: Interaction, message_id: str) -> Message:
    mine = [*interaction.followups, *([interaction.original] if interaction.original else [])]
    for message in mine:
        if message.id == message_id:
            return message
    raise Refused(10008)


@route("POST", "/webhooks/{webhook_id}/{webhook_token}", interaction=True, in_path=True)
async def follow_up(api: Any, ask: Ask) -> Answer:
    interaction = _interaction_of(api, ask)
    body = ask.body or {}
    if "nonce" in body:
        raise Refused(50035, problems=[(("nonce",), "follow-ups have no nonce")])
    check_body(api, body, flags=body.get("flags") or 0, allowed_flags=FOLLOWUP_FLAGS, files=len(ask.files))
    first = interaction.waiting
    # What a deferral promised to one person stays with that person: the first follow-up fills its place.
    ephemeral = interaction.ephemeral if first else bool((body.get("flags") or 0) & checks.EPHEMERAL)
    message = _message(api, interaction, body, ask.files, ephemeral=ephemeral)
    if first:
        interaction.original = message
    else:
        interaction.followups.append(message)
    interaction.note()
    return Answer(api.world.payload(message))


def _original(interaction: Interaction) -> Message:
    if interaction.original is None:
        raise Refused(10008)
    return interaction.original


@route("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", interaction=True, in_path=True)
async def read_original(api: Any, ask: Ask) -> Answer:
    return Answer(api.world.payload(_original(_interaction_of(api, ask))))


@route("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", interaction=True, in_path=True)
async def edit_original(api: Any, ask: Ask) -> Answer:
    interaction = _interaction_of(api, ask)
    if interaction.waiting:
        body = ask.body or {}
        check_body(api, body, flags=body.get("flags") or 0, allowed_flags=checks.EDIT_FLAGS, files=len(ask.files))
        interaction.original = _message(api, interaction, body, ask.files, ephemeral=interaction.ephemeral)
    else:
        apply_edit(api, _original(interaction), ask)
    interaction.note()
    return Answer(api.world.payload(interaction.original))


@route("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", interaction=True, in_path=True)
async def delete_original(api: Any, ask: Ask) -> Answer:
    interaction = _interaction_of(api, ask)
    if interaction.original is not None and interaction.original.seen_by is None:
        remove(interaction.channel, interaction.original)
    interaction.original = None
    interaction.deleted_original = True
    interaction.note()
    return Answer(status=204)


@route("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", interaction=True, in_path=True)
async def read_follow_up(api: Any, ask: Ask) -> Answer:
    return Answer(api.world.payload(_message_of(_interaction_of(api, ask), ask.parameters["message_id"])))


@route("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", interaction=True, in_path=True)
async def edit_follow_up(api: Any, ask: Ask) -> Answer:
    interaction = _interaction_of(api, ask)
    message = _message_of(interaction, ask.parameters["message_id"])
    apply_edit(api, message, ask)
    interaction.note()
    return Answer(api.world.payload(message))


@route("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", interaction=True, in_path=True)
async def delete_follow_up(api: Any, ask: Ask) -> Answer:
    interaction = _interaction_of(api, ask)
    message = _message_of(interaction, ask.parameters["message_id"])
    if message in interaction.followups:
        interaction.followups.remove(message)
    if message.seen_by is None:
        remove(interaction.channel, message)
    return Answer(status=204)
