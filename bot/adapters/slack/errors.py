"""What Slack's error codes are about, and the one error of ours beside Slack's. Pure data.

Codes as docs.slack.dev lists them for ``chat.postMessage``, ``chat.update`` and for every method (seen 2026-11); a test
holds these tables against the published lists. A code that stands nowhere is about the content: the row is kept for
repair and the operator is told its name.
"""

from __future__ import annotations

from slack_sdk.errors import SlackClientError

from bot.core.deliveries import Scope


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN = _codes(
    "access_denied account_inactive accesslimited ekm_access_denied enterprise_is_restricted invalid_auth missing_scope "
    "no_permission not_allowed_token_type not_authed org_login_required team_access_not_granted token_expired token_revoked "
    "two_factor_setup_required"
)
_CHANNEL = _codes(
    "channel_is_limited_access channel_not_found is_archived is_inactive messages_tab_disabled not_in_channel "
    "posting_to_channel_denied restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel "
    "team_not_found user_not_in_channel"
)
_MESSAGE = _codes(
    "block_mismatch cannot_reply_to_message cant_update_message edit_window_closed invalid_thread_ts message_not_found "
    "no_dual_broadcast_content_update restricted_action_non_threadable_channel restricted_action_thread_locked "
    "streaming_state_conflict thread_not_found"
)
CONTENT = _codes(
    "attachment_payload_limit_exceeded invalid_arg_name invalid_arguments invalid_array_arg invalid_attachments invalid_blocks "
    "invalid_blocks_format invalid_charset invalid_form_data invalid_metadata_format invalid_metadata_schema invalid_post_type "
    "markdown_text_conflict metadata_must_be_sent_from_app metadata_too_large missing_post_type msg_blocks_too_long msg_too_long "
    "no_text too_many_attachments"
)
"""Named for the test that holds the tables together; any other code is about the content too."""
CANNOT_EDIT = frozenset({"cant_update_message", "edit_window_closed"})
"""The message is there and may not be changed any more: what is new goes below it."""
RETRIED = _codes("external_channel_migrating message_limit_exceeded rate_limited ratelimited request_timeout team_added_to_org")
"""Nothing was posted, and the same call may succeed after a while."""
UNKNOWN = _codes("fatal_error internal_error service_unavailable update_failed")
"""Slack says of these that part of the work may have been done."""


def scope_of(code: str) -> Scope:
    """What a refusal is about."""
    if code in _TOKEN:
        return Scope.TOKEN
    if code in _CHANNEL:
        return Scope.CHANNEL
    return Scope.MESSAGE if code in _MESSAGE else Scope.CONTENT


class NoTokenError(SlackClientError):
    """There is no token to speak with in a workspace: no call was made. The message says why, for the log.

    Attributes:
        passing: there may be one in a moment.
    """

    def __init__(self, why: str, *, passing: bool = False) -> None:
        super().__init__(why)
        self.passing = passing
