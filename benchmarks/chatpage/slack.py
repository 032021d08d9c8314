"""Slack's payloads as HTML: Block Kit and mrkdwn, as Slack's own clients show them.

Promises: draws every block, element and mark that our messages use, and refuses any other by name, so that a new element is
seen before it is drawn wrongly. Nothing of a payload reaches the page unescaped.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .scene import Said, Scene

ZONE = ZoneInfo("Europe/Berlin")
"""Where the people who look at the pictures are."""
NOT_SHOWN = {
    "channel", "ts", "text", "thread_ts", "unfurl_links", "unfurl_media", "metadata", "response_type", "replace_original",
}  # fmt: skip
"""Arguments of a call that no reader sees; ``text`` is for notifications where there are blocks."""

_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_MARKS = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
)
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)


class UnknownElementError(ValueError):
    """A payload holds something that is not drawn yet."""


def scene_html(scene: Scene) -> str:
    """The messages of a scene; those of a thread stand below the first, set apart. Or a window, or the Home tab."""
    if scene.view is not None:
        return view_html(scene.view)
    shown = [message_html(said) for said in scene.said]
    if not scene.thread:
        return "".join(shown)
    above, below = shown[: -scene.thread], shown[-scene.thread :]
    count = f"{scene.thread} repl{'y' if scene.thread == 1 else 'ies'}"
    return "".join(above) + f'<div class="divider"><span>{count}</span></div>' + "".join(below)


def message_html(said: Said) -> str:
    """One message with its author and time."""
    known = NOT_SHOWN | {"blocks"}
    if unknown := set(said.payload) - known:
        raise UnknownElementError(f"Slack message: {', '.join(sorted(unknown))}")
    only = '<div class="only">Only visible to you</div>' if said.private else ""
    edited = '<span class="edited"> (edited)</span>' if said.edited else ""
    blocks = "".join(map(block_html, said.payload["blocks"]))
    return (
        f'<div class="message{" private" if said.private else ""}">{only}<div class="avatar">{LAMP}</div><div class="body">'
        f'<div class="who"><b>Watchlamp</b><span class="app">APP</span><time>{said.at.astimezone(ZONE):%H:%M}</time></div>'
        f"{blocks}{edited}</div></div>"
    )


def view_html(view: Mapping[str, Any]) -> str:
    """A modal in its frame, or the Home tab as it is."""
    match view:
        case {"type": "home", "blocks": blocks, **rest} if rest.keys() <= {"callback_id"}:
            return f'<div class="home">{"".join(map(block_html, blocks))}</div>'
        case {"type": "modal", "title": title, "blocks": blocks, **rest} if rest.keys() <= {
            "callback_id", "private_metadata", "submit", "close",
        }:  # fmt: skip
            close = f"<button>{text_html(rest['close'])}</button>" if "close" in rest else ""
            submit = f'<button class="primary">{text_html(rest["submit"])}</button>' if "submit" in rest else ""
            return (
                f'<div class="modal"><div class="title">{LAMP}<b>{text_html(title)}</b></div>'
                f'{"".join(map(block_html, blocks))}<div class="buttons">{close}{submit}</div></div>'
            )
    raise UnknownElementError(f"Slack view: {shape(view)}")


def input_html(block: Mapping[str, Any]) -> str:
    """An input with its words above it."""
    element = block["element"]
    optional = '<span class="optional"> (optional)</span>' if block.get("optional") else ""
    hint = f'<span class="hint">{text_html(element["placeholder"])}</span>' if "placeholder" in element else ""
    match element:
        case {"type": "plain_text_input", "action_id": str(), **rest} if rest.keys() <= {
            "multiline", "max_length", "initial_value", "placeholder",
        }:  # fmt: skip
            words = escape(str(rest.get("initial_value", ""))).replace("\n", "<br>") or hint
            field = f'<div class="field{" lines" if rest.get("multiline") else ""}">{words}</div>'
        case {"type": "static_select", "action_id": str(), "options": list(), **rest} if rest.keys() <= {
            "initial_option", "placeholder",
        }:  # fmt: skip
            chosen = text_html(rest["initial_option"]["text"]) if "initial_option" in rest else hint
            field = f'<div class="field menu">{chosen}<span>⌄</span></div>'
        case _:
            raise UnknownElementError(f"Slack input: {shape(element)}")
    return f'<div class="input"><label>{text_html(block["label"])}{optional}</label>{field}</div>'


def block_html(block: Mapping[str, Any]) -> str:  # noqa: PLR0911  # one for each kind of block
    """One block."""
    match block:
        case {"type": "section", "text": text, **rest} if rest.keys() <= {"accessory", "block_id"}:
            accessory = f'<div class="accessory">{element_html(rest["accessory"])}</div>' if "accessory" in rest else ""
            return f'<div class="section"><div class="text">{text_html(text)}</div>{accessory}</div>'
        case {"type": "context", "elements": elements, **rest} if not rest:
            return f'<div class="context">{"".join(f"<span>{text_html(element)}</span>" for element in elements)}</div>'
        case {"type": "actions", "elements": elements, **rest} if not rest:
            return f'<div class="actions">{"".join(map(element_html, elements))}</div>'
        case {"type": "divider", **rest} if not rest:
            return "<hr>"
        case {"type": "header", "text": text, **rest} if not rest:
            return f'<div class="header">{text_html(text)}</div>'
        case {"type": "image", "slack_file": dict(), "alt_text": str(words), "png": bytes(png), **rest} if not rest:
            return f'<img alt="{escape(unescape(words))}" src="data:image/png;base64,{b64encode(png).decode()}">'
        case {"type": "input", "label": dict(), "element": dict(), **rest} if rest.keys() <= {"block_id", "optional"}:
            return input_html(block)
    raise UnknownElementError(f"Slack block: {shape(block)}")


def element_html(element: Mapping[str, Any]) -> str:
    """Something to press."""
    match element:
        case {"type": "button", "text": text, "action_id": str(), **rest} if rest.keys() <= {
            "value", "accessibility_label", "style", "url", "confirm",
        }:  # fmt: skip
            return f'<button class="{escape(rest.get("style", ""))}">{text_html(text)}</button>'
        case {"type": "overflow", "action_id": str(), "options": list()}:
            return '<button class="more">⋯</button>'
    raise UnknownElementError(f"Slack element: {shape(element)}")


def text_html(text: Mapping[str, Any]) -> str:
    """A text object."""
    match text:
        case {"type": "plain_text", "text": str(words), **rest} if rest.keys() <= {"emoji"}:
            return escape(unescape(words))
        case {"type": "mrkdwn", "text": str(words), **rest} if rest.keys() <= {"verbatim"}:
            return mrkdwn_html(words)
    raise UnknownElementError(f"Slack text: {shape(text)}")


def mrkdwn_html(text: str) -> str:
    """Slack's mrkdwn: links, bold, italic, struck, code; its three entities are decoded once, and nothing else."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\ue000{len(kept) - 1}\ue001"

    def code(found: re.Match[str]) -> str:
        block = found[1]
        return keep(f"<pre>{_words(block.strip(chr(10)))}</pre>" if block is not None else f"<code>{_words(found[2])}</code>")

    def link(found: re.Match[str]) -> str:
        address = unescape(found[1])
        return keep(f'<a href="{escape(address)}">') + _words(found[2] or found[1]) + keep("</a>")

    drawn, last = [], 0
    text = _CODE.sub(code, text)
    for found in _LINK.finditer(text):
        drawn += [_words(text[last : found.start()]), link(found)]
        last = found.end()
    told = "".join((*drawn, _words(text[last:])))
    if "&lt;!" not in text and re.search(r"<[@#!]", text):
        raise UnknownElementError(f"Slack mark that calls somebody: {text!r}")
    for mark, html in _MARKS:
        told = mark.sub(html, told)
    told = told.replace("\n", "<br>")
    return re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], told)


def _words(text: str) -> str:
    """Words of a mrkdwn text: Slack's three entities decoded, then made safe for the page."""
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return escape(text, quote=False)


def shape(part: Mapping[str, Any]) -> str:
    """What to say of a part that is not known: its type and its keys."""
    return f"{part.get('type')} with {', '.join(sorted(map(str, part)))}"


LAMP = (
    '<svg viewBox="0 0 36 36" width="36" height="36" aria-hidden="true"><rect width="36" height="36" rx="8" fill="#1f2933"/>'
    '<path d="M13 10h10l3 14H10z" fill="#f5c451"/><path d="M15 7h6v3h-6zM9 25h18v3H9z" fill="#e5e7eb"/></svg>'
)

LOOK = (Path(__file__).parent / "slack.css").read_text(encoding="utf-8")
