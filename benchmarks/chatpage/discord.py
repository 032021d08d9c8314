"""Discord's payloads as HTML: markdown, embeds and rows of buttons, as Discord's own clients show them.

Promises: draws every part that our messages use, and refuses any other by name. Nothing of a payload reaches the page
unescaped.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from .scene import Said, Scene
from .slack import LAMP, ZONE, UnknownElementError, shape

NOT_SHOWN = {"allowed_mentions", "nonce", "enforce_nonce", "message_reference", "flags", "tts", "attachments"}
"""Parts of a body that no reader sees, or that say where the message stands."""
EMBED = {"type", "title", "url", "color", "description", "footer", "flags", "image"}
STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link"}

_FENCE = re.compile(r"```(?:\w*\n)?(.*?)```", re.DOTALL)
_TOKENS = re.compile(
    r"\\(?P<plain>[^\w\s])"
    r"|\[(?P<words>(?:\\.|[^\]\\\n])+)\]\((?P<url>https?://[^\s()]+)\)"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>(?:\\.|[^*\\\n])+)\*\*|\*(?P<italic>(?:\\.|[^*\\\n])+)\*|__(?P<under>(?:\\.|[^_\\\n])+)__"
    r"|~~(?P<struck>(?:\\.|[^~\\\n])+)~~"
    r"|(?P<call><(?:@[!&]?|\#|t:|id:|/)[^>\s]*>|@everyone|@here)"
)
_TAGS = {"bold": "b", "italic": "i", "under": "u", "struck": "s"}


def scene_html(scene: Scene) -> str:
    """The messages of a scene; those of a thread stand below the first, set apart. Or a modal."""
    if scene.view is not None:
        return modal_html(scene.view)
    shown = [message_html(said) for said in scene.said]
    if not scene.thread:
        return "".join(shown)
    return "".join(shown[: -scene.thread]) + '<div class="thread">Thread</div>' + "".join(shown[-scene.thread :])


def message_html(said: Said) -> str:
    """One message with its author and time."""
    if unknown := set(said.payload) - NOT_SHOWN - {"content", "embeds", "components"}:
        raise UnknownElementError(f"Discord message: {', '.join(sorted(unknown))}")
    if said.payload.get("flags", 0) & ~64:
        raise UnknownElementError(f"Discord flags: {said.payload['flags']}")
    content = said.payload.get("content") or ""
    edited = '<span class="edited"> (edited)</span>' if said.edited else ""
    parts = [f'<div class="content">{markdown_html(content).removesuffix("</div>")}{edited}</div></div>'] if content else []
    parts += [embed_html(embed) for embed in said.payload.get("embeds") or ()]
    parts += [component_html(part) for part in said.payload.get("components") or ()]
    asked = f'<div class="reply">Mira used <b>{escape(said.asked)}</b></div>' if said.asked else ""
    only = '<div class="only">Only you can see this · <span class="dismiss">Dismiss message</span></div>' if said.private else ""
    return (
        f'<div class="message{" private" if said.private else ""}">{asked}<div class="avatar">{LAMP}</div><div class="body">'
        f'<div class="who"><b>Watchlamp</b><span class="app">APP</span><time>{said.at.astimezone(ZONE):%H:%M}</time></div>'
        f"{''.join(parts)}{only}</div></div>"
    )


def embed_html(embed: Mapping[str, Any]) -> str:
    """One embed."""
    if unknown := set(embed) - EMBED:
        raise UnknownElementError(f"Discord embed: {', '.join(sorted(unknown))}")
    if embed.get("flags") or embed.get("type", "rich") != "rich" or set(embed.get("footer", {})) - {"text"}:
        raise UnknownElementError(f"Discord embed: {shape(embed)}")
    parts = []
    if title := embed.get("title"):
        words = markdown_html(title)
        url = embed.get("url")
        parts.append(f'<div class="title">{f"""<a href="{escape(url)}">{words}</a>""" if url else words}</div>')
    if description := embed.get("description"):
        parts.append(f'<div class="description">{markdown_html(description)}</div>')
    if (image := embed.get("image")) is not None:
        parts.append(_picture(image))
    if footer := embed.get("footer"):
        parts.append(f'<div class="footer">{escape(footer["text"])}</div>')
    return f'<div class="embed" style="border-left-color: #{embed.get("color", 0x1E1F22):06x}">{"".join(parts)}</div>'


def _picture(image: Mapping[str, Any]) -> str:
    """A picture of an embed, whose bytes stand beside its address."""
    if set(image) != {"url", "png"}:
        raise UnknownElementError(f"Discord picture: {shape(image)}")
    return f'<img class="picture" alt="" src="data:image/png;base64,{base64.b64encode(image["png"]).decode()}">'


def modal_html(modal: Mapping[str, Any]) -> str:
    """A modal in its frame."""
    match modal:
        case {"title": str(title), "custom_id": str(), "components": parts, **rest} if not rest:
            return (
                f'<div class="modal"><div class="head">{LAMP}<b>{escape(title)}</b></div>'
                f'<div class="parts">{"".join(map(part_html, parts))}</div>'
                '<div class="foot"><button>Cancel</button><button class="primary">Submit</button></div></div>'
            )
    raise UnknownElementError(f"Discord modal: {shape(modal)}")


def part_html(part: Mapping[str, Any]) -> str:
    """A text above a modal's fields, or a field with its label."""
    match part:
        case {"type": 10, "content": str(content), **rest} if not rest:
            return f'<div class="above">{markdown_html(content)}</div>'
        case {"type": 18, "label": str(label), "component": inner, **rest} if rest.keys() <= {"description"}:
            star = '<span class="star">*</span>' if inner.get("required", True) else ""
            more = f'<div class="hint">{escape(rest["description"])}</div>' if rest else ""
            return f'<div class="field"><div class="label">{escape(label)}{star}</div>{more}{_input(inner)}</div>'
    raise UnknownElementError(f"Discord modal part: {shape(part)}")


def _input(inner: Mapping[str, Any]) -> str:
    match inner:
        case {"type": 4, "style": style, "custom_id": str(), **rest} if rest.keys() <= {
            "value",
            "placeholder",
            "required",
            "max_length",
        }:
            value, hint = rest.get("value", ""), rest.get("placeholder", "")
            shown = escape(value, quote=False) if value else f'<span class="empty">{escape(hint)}</span>'
            return f'<div class="input{" lines" if style == 2 else ""}">{shown}</div>'
        case {"type": 3, "options": options, "custom_id": str(), **rest} if rest.keys() <= {"required", "min_values", "max_values"}:
            chosen = next((option["label"] for option in options if option.get("default")), "")
            shown = escape(chosen) if chosen else '<span class="empty">Make a selection</span>'
            return f'<div class="input menu">{shown}<span class="open">▾</span></div>'
    raise UnknownElementError(f"Discord input: {shape(inner)}")


def component_html(part: Mapping[str, Any]) -> str:
    """A row, or a button in it."""
    match part:
        case {"type": 1, "components": inner, **rest} if not rest:
            return f'<div class="row">{"".join(map(component_html, inner))}</div>'
        case {"type": 2, "style": int(style), "label": str(label), **rest} if rest.keys() <= {"custom_id", "url", "disabled"}:
            return f'<button class="{STYLES[style]}">{escape(label)}</button>'
    raise UnknownElementError(f"Discord component: {shape(part)}")


def markdown_html(text: str) -> str:
    """Discord's markdown as it is shown in texts, titles and descriptions."""
    parts, last = [], 0
    for found in _FENCE.finditer(text):
        parts += [_lines(text[last : found.start()].strip("\n")), f"<pre>{escape(found[1].strip(chr(10)), quote=False)}</pre>"]
        last = found.end()
    return "".join((*parts, _lines(text[last:].lstrip("\n") if last else text)))


def _lines(text: str) -> str:
    return "".join(map(_line, text.split("\n"))) if text else ""


def _line(line: str) -> str:
    if line.startswith("-# "):
        return f'<div class="small">{_spans(line[3:])}</div>'
    if re.match(r"#{1,3} |> |[-*] ", line):
        raise UnknownElementError(f"Discord markdown at a line's begin: {line[:40]!r}")
    if found := re.match(r"(\d+)\. ", line):
        return f'<div class="entry"><span>{found[1]}.</span><span>{_spans(line[found.end() :])}</span></div>'
    return f"<div>{_spans(line)}</div>" if line else '<div class="gap"></div>'


def _spans(text: str) -> str:
    drawn, last = [], 0
    for found in _TOKENS.finditer(text):
        drawn.append(escape(text[last : found.start()], quote=False))
        drawn.append(_token(found))
        last = found.end()
    return "".join((*drawn, escape(text[last:], quote=False)))


def _token(found: re.Match[str]) -> str:
    kind = str(found.lastgroup)
    if kind == "plain":
        return escape(found["plain"], quote=False)
    if kind == "url":
        return f'<a href="{escape(found["url"])}">{_spans(found["words"])}</a>'
    if kind == "code":
        return f"<code>{escape(found['code'], quote=False)}</code>"
    if kind == "call":
        raise UnknownElementError(f"Discord mark that calls somebody: {found[0]!r}")
    return f"<{_TAGS[kind]}>{_spans(found[kind])}</{_TAGS[kind]}>"


LOOK = (Path(__file__).parent / "discord.css").read_text(encoding="utf-8")
