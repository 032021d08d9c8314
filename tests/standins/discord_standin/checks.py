"""What Discord refuses although its OpenAPI file does not say so. Every limit names its page (discord-api-docs, 2026-08).

Functions return problems (place, sentence); an empty list is a body that Discord takes. Lengths count what is left after
trimming white space, as Discord does (resources/message).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .schema import Problem

SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS, VOICE, COMPONENTS_V2 = 1 << 2, 1 << 6, 1 << 12, 1 << 13, 1 << 15
CREATE_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | VOICE | COMPONENTS_V2
EDIT_FLAGS = SUPPRESS_EMBEDS | COMPONENTS_V2
"""resources/message, Create Message and Edit Message: the flags a body may set."""

CONTENT = 2000  # resources/message; the file says 4000
EMBEDS, EMBED_TOTAL, FIELDS = 10, 6000, 25  # resources/message, Embed Limits
ROWS, ROW_BUTTONS, COMPONENTS, COMPONENT_TEXT = 5, 5, 40, 4000  # components/reference
LABEL, CUSTOM_ID, BUTTON_URL = 80, 100, 512  # components/reference
ADDRESS = 2048
THREAD_NAME, APPLIED_TAGS = 100, 5  # resources/channel
REQUEST = 25 * 1024 * 1024  # reference, uploading files

ROW, BUTTON, SELECT, INPUT, SECTION, TEXT, THUMBNAIL, LABELLED = 1, 2, 3, 4, 9, 10, 11, 18
SELECTS = frozenset({3, 5, 6, 7, 8})
LEGACY = frozenset({ROW})
IN_SECTIONS, IN_CONTAINERS = frozenset({TEXT}), frozenset({ROW, SECTION, TEXT, 12, 13, 14})

# fmt: off
LOCALES = frozenset({  # reference, Locales
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR", "ro", "fi",
    "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko", "ar", "he",
})
# fmt: on
COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")


def size(text: Any) -> int:
    """Length as Discord counts it."""
    return len(text.strip()) if isinstance(text, str) else 0


def _longest(value: Any, most: int, path: tuple[str, ...]) -> Iterator[Problem]:
    if value is not None and not isinstance(value, str):
        yield path, f"is {type(value).__name__}, not a text"
    elif size(value) > most:
        yield path, f"Must be {most} or fewer in length, is {size(value)}."


def _address(value: Any, path: tuple[str, ...], *, attachments: bool = False, most: int = ADDRESS) -> Iterator[Problem]:
    if value is None:
        return
    parts = urlsplit(value) if isinstance(value, str) else None
    schemes = ("http", "https", "attachment") if attachments else ("http", "https")
    if parts is None or parts.scheme not in schemes or not parts.netloc or any(letter.isspace() for letter in value):
        yield path, f"Not a well formed URL: {value!r}"
    elif len(value) > most:
        yield path, f"Must be {most} or fewer in length, is {len(value)}."


# ---------------------------------------------------------------- messages


def message(body: dict[str, Any], *, flags: int, allowed_flags: int) -> list[Problem]:
    """What is wrong with a message; ``flags`` are those in force after the request, ``allowed_flags`` those a body may name."""
    problems: list[Problem] = list(_longest(body.get("content"), CONTENT, ("content",)))
    named = body.get("flags") or 0
    if isinstance(named, int) and named & ~allowed_flags:
        problems.append((("flags",), f"flags {named & ~allowed_flags:#x} cannot be set here"))
    nonce = body.get("nonce")
    if isinstance(nonce, str) and len(nonce) > 25:
        problems.append((("nonce",), "Must be 25 or fewer in length."))
    problems += embeds(body.get("embeds") or [])
    problems += mentions(body.get("allowed_mentions"))
    problems += components(body.get("components") or [], v2=bool(flags & COMPONENTS_V2))
    if flags & COMPONENTS_V2:
        problems += [
            ((key,), "The 'flags' field IS_COMPONENTS_V2 forbids this field")
            for key in ("content", "embeds", "poll", "sticker_ids")
            if body.get(key)
        ]
    return problems


def is_empty(body: dict[str, Any], files: int) -> bool:
    """Whether a message would show nothing."""
    return not (size(body.get("content")) or files or any(body.get(key) for key in ("embeds", "components", "sticker_ids", "poll")))


def embeds(values: list[dict[str, Any]]) -> list[Problem]:
    """What is wrong with a message's embeds, each and together."""
    problems: list[Problem] = []
    if len(values) > EMBEDS:
        problems.append((("embeds",), f"Must be {EMBEDS} or fewer in length."))
    total = 0
    for place, embed in enumerate(values):
        path = ("embeds", str(place))
        found, count = _embed(embed, path)
        problems += found
        total += count
    if total > EMBED_TOTAL:
        problems.append((("embeds",), f"Embed size exceeds maximum size of {EMBED_TOTAL}, is {total}"))
    return problems


def _embed(embed: dict[str, Any], path: tuple[str, ...]) -> tuple[list[Problem], int]:
    problems: list[Problem] = []
    footer, author, fields = embed.get("footer") or {}, embed.get("author") or {}, embed.get("fields") or []
    texts = [
        (embed.get("title"), 256, "title"),
        (embed.get("description"), 4096, "description"),
        (footer.get("text"), 2048, "footer"),
        (author.get("name"), 256, "author"),
    ]
    for text, most, name in texts:
        problems += _longest(text, most, (*path, name))
    if len(fields) > FIELDS:
        problems.append(((*path, "fields"), f"Must be {FIELDS} or fewer in length."))
    for number, entry in enumerate(fields):
        for key, most in (("name", 256), ("value", 1024)):
            problems += _longest(entry.get(key), most, (*path, "fields", str(number), key))
            if not size(entry.get(key)):
                problems.append(((*path, "fields", str(number), key), "This field is required"))
    problems += _address(embed.get("url"), (*path, "url"))
    problems += _address(author.get("url"), (*path, "author", "url"))
    for name in ("image", "thumbnail"):
        problems += _address((embed.get(name) or {}).get("url"), (*path, name, "url"), attachments=True)
    for name, part in (("author", author), ("footer", footer)):
        problems += _address(part.get("icon_url"), (*path, name, "icon_url"), attachments=True)
    count = sum(size(text) for text, _, _ in texts) + sum(size(entry.get("name")) + size(entry.get("value")) for entry in fields)
    if not count and not embed.get("image") and not embed.get("thumbnail"):
        problems.append((path, "an embed that shows nothing"))
    return problems, count


def mentions(value: Any) -> list[Problem]:
    """What is wrong with ``allowed_mentions`` (resources/message, Allowed Mentions Object)."""
    if value is None:
        return []
    parse = value.get("parse") or []
    problems: list[Problem] = [
        (("allowed_mentions", "parse"), f"{kind!r} is none of roles, users, everyone")
        for kind in parse
        if kind not in {"roles", "users", "everyone"}
    ]
    for kind in ("roles", "users"):
        named = value.get(kind) or []
        if named and kind in parse:
            problems.append((("allowed_mentions",), f"'parse' and '{kind}' are mutually exclusive"))
        if len(named) > 100:
            problems.append((("allowed_mentions", kind), "Must be 100 or fewer in length."))
        if len(set(map(str, named))) < len(named):
            problems.append((("allowed_mentions", kind), "The set already contains this value"))
    return problems


# ---------------------------------------------------------------- components


def walk(values: list[dict[str, Any]], path: tuple[str, ...] = ("components",)) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every component with its place, parents first."""
    for place, component in enumerate(values):
        here = (*path, str(place))
        yield here, component
        yield from walk(component.get("components") or [], (*here, "components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield from walk([component[key]], (*here, key))


def components(values: list[dict[str, Any]], *, v2: bool) -> list[Problem]:
    """What is wrong with a message's components."""
    problems: list[Problem] = []
    if v2:
        everything = list(walk(values))
        if len(everything) > COMPONENTS:
            problems.append((("components",), f"{len(everything)} components in all, at most {COMPONENTS}"))
        text = sum(size(component.get("content")) for _, component in everything if component.get("type") == TEXT)
        if text > COMPONENT_TEXT:
            problems.append((("components",), f"{text} characters of text in all, at most {COMPONENT_TEXT}"))
    else:
        if len(values) > ROWS:
            problems.append((("components",), f"Must be {ROWS} or fewer in length."))
        problems += [
            (("components", str(place)), f"type {component.get('type')} needs the flag IS_COMPONENTS_V2")
            for place, component in enumerate(values)
            if component.get("type") not in LEGACY
        ]
    seen: set[str] = set()
    for path, component in walk(values):
        problems += _component(component, path)
        name = component.get("custom_id")
        if isinstance(name, str):
            if name in seen:
                problems.append(((*path, "custom_id"), "Component custom id cannot be duplicated"))
            seen.add(name)
    return problems


def _component(component: dict[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    children = component.get("components") or []
    kinds = [child.get("type") for child in children]
    match component.get("type"):
        case 1:
            if not children:
                yield path, "an action row is not empty"
            selects = sum(kind in SELECTS for kind in kinds)
            if selects and len(kinds) > 1:
                yield path, "a select menu fills its row"
            if kinds.count(BUTTON) > ROW_BUTTONS:
                yield path, f"at most {ROW_BUTTONS} buttons in a row"
        case 2:
            yield from _button(component, path)
        case 3:
            yield from _select(component, path)
        case 9:
            if not 1 <= len(children) <= 3 or set(kinds) - IN_SECTIONS:
                yield path, "a section has one to three texts"
            if (component.get("accessory") or {}).get("type") not in {BUTTON, THUMBNAIL}:
                yield path, "a section has a button or a thumbnail at its side"
        case 10 if not size(component.get("content")):
            yield (*path, "content"), "This field is required"
        case 17 if set(kinds) - IN_CONTAINERS:
            yield path, f"a container cannot hold {sorted(set(kinds) - IN_CONTAINERS)}"
        case _:
            pass


def _button(button: dict[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    yield from _longest(button.get("label"), LABEL, (*path, "label"))
    if not size(button.get("label")) and not button.get("emoji") and button.get("style") != 6:
        yield path, "a button has a label or an emoji"
    if button.get("style") == 5:
        if button.get("custom_id"):
            yield (*path, "custom_id"), "a link button has no custom id"
        if not button.get("url"):
            yield (*path, "url"), "a link button needs its address"
        yield from _address(button.get("url"), (*path, "url"), most=BUTTON_URL)
    elif not button.get("custom_id"):
        yield (*path, "custom_id"), "A custom id is required"
    yield from _longest(button.get("custom_id"), CUSTOM_ID, (*path, "custom_id"))


def _select(menu: dict[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    options = menu.get("options") or []
    if not 1 <= len(options) <= 25:
        yield (*path, "options"), "Must be between 1 and 25 in length."
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        yield (*path, "options"), "The specified option value is already used"
    yield from _longest(menu.get("custom_id"), CUSTOM_ID, (*path, "custom_id"))


# ---------------------------------------------------------------- commands


def commands(values: list[dict[str, Any]]) -> list[Problem]:
    """What is wrong with a bulk overwrite (interactions/application-commands)."""
    problems: list[Problem] = []
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if sum(command.get("type", 1) == kind for command in values) > most:
            problems.append(((), f"at most {most} commands of type {kind}"))
    names = [(command.get("type", 1), command.get("name")) for command in values]
    if len(set(names)) < len(names):
        problems.append(((), "Application command names must be unique"))
    for place, command in enumerate(values):
        problems += _command(command, (str(place),))
    return problems


def _command(command: dict[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    if command.get("type", 1) != 1:
        if not 1 <= size(command.get("name")) <= 32:
            yield (*path, "name"), "Must be between 1 and 32 in length."
        if command.get("description"):
            yield (*path, "description"), "context menu commands have no description"
        return
    yield from _named(command, path)
    yield from _options(command.get("options") or [], path, inside=0)
    if (total := _texts(command)) > 8000:
        yield path, f"{total} characters in names, descriptions and values, at most 8000"


def _named(entry: dict[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    name = entry.get("name")
    if not isinstance(name, str) or not COMMAND_NAME.fullmatch(name) or name != name.lower():
        yield (*path, "name"), f"{name!r} is no command name: letters, digits, - _ ', lower case, at most 32"
    if not 1 <= size(entry.get("description")) <= 100:
        yield (*path, "description"), "Must be between 1 and 100 in length."
    for key in ("name_localizations", "description_localizations"):
        for locale in entry.get(key) or {}:
            if locale not in LOCALES:
                yield (*path, key, locale), "no locale of Discord's"


def _options(options: list[dict[str, Any]], path: tuple[str, ...], *, inside: int) -> Iterator[Problem]:
    if len(options) > 25:
        yield (*path, "options"), "Must be 25 or fewer in length."
    names = [option.get("name") for option in options]
    if len(set(names)) < len(names):
        yield (*path, "options"), "Option names must be unique"
    groups = [option.get("type") in {1, 2} for option in options]
    if any(groups) and not all(groups):
        yield (*path, "options"), "Sub-command and sub-command group option types are mutually exclusive to all other types"
    optional = False
    for place, option in enumerate(options):
        here = (*path, "options", str(place))
        yield from _named(option, here)
        if option.get("type") in {1, 2}:
            if (option["type"] == 2 and inside) or inside == 1:
                yield here, "groups hold sub-commands only, and sub-commands neither"
            yield from _options(option.get("options") or [], here, inside=option["type"])
            continue
        if option.get("required") and optional:
            yield here, "Required options must be placed before non-required options"
        optional = optional or not option.get("required")
        if option.get("choices") and option.get("autocomplete"):
            yield here, "choices and autocomplete exclude each other"
        if len(option.get("choices") or []) > 25:
            yield (*here, "choices"), "Must be 25 or fewer in length."


def _texts(entry: dict[str, Any]) -> int:
    """Characters that count to a command's 8000: the longest localisation of each text."""
    total = 0
    for key in ("name", "description"):
        total += max(map(size, [entry.get(key), *(entry.get(f"{key}_localizations") or {}).values()]))
    total += sum(max(size(choice.get("name")), 0) + size(str(choice.get("value", ""))) for choice in entry.get("choices") or [])
    return total + sum(_texts(option) for option in entry.get("options") or [])


# ---------------------------------------------------------------- interactions, threads


def callback(body: dict[str, Any], *, kind: int) -> list[Problem]:
    """What is wrong with the answer to an interaction of ``kind`` (2 command, 3 component, 4 autocomplete, 5 modal)."""
    allowed = {2: {4, 5, 9, 12}, 3: {4, 5, 6, 7, 9, 12}, 4: {8}, 5: {4, 5, 6, 7, 12}}[kind]
    answer, data = body.get("type"), body.get("data") or {}
    if answer not in allowed:
        return [(("type",), f"an interaction of type {kind} is not answered with {answer}")]
    match answer:
        case 4:
            flags = data.get("flags") or 0
            return message(data, flags=flags, allowed_flags=CREATE_FLAGS | EPHEMERAL)
        case 7:
            flags = data.get("flags") or 0
            return message(data, flags=flags, allowed_flags=EDIT_FLAGS)
        case 5 if (data.get("flags") or 0) & ~EPHEMERAL:
            return [(("data", "flags"), "a deferred answer can only be ephemeral")]
        case 8:
            return list(_choices(data.get("choices")))
        case 9:
            return list(_modal(data))
        case _:
            return []


def _choices(choices: Any) -> Iterator[Problem]:
    if not isinstance(choices, list):
        yield ("data", "choices"), "This field is required"
        return
    if len(choices) > 25:
        yield ("data", "choices"), "Must be 25 or fewer in length."
    for place, choice in enumerate(choices):
        if not 1 <= size(choice.get("name")) <= 100:
            yield ("data", "choices", str(place), "name"), "Must be between 1 and 100 in length."
        if size(str(choice.get("value", ""))) > 100:
            yield ("data", "choices", str(place), "value"), "Must be 100 or fewer in length."


def _modal(data: dict[str, Any]) -> Iterator[Problem]:
    if not 1 <= size(data.get("title")) <= 45:
        yield ("data", "title"), "Must be between 1 and 45 in length."
    if not 1 <= size(data.get("custom_id")) <= CUSTOM_ID:
        yield ("data", "custom_id"), "Must be between 1 and 100 in length."
    parts = data.get("components") or []
    if not 1 <= len(parts) <= 5:
        yield ("data", "components"), "Must be between 1 and 5 in length."
    seen: set[str] = set()
    for path, component in walk(parts, ("data", "components")):
        yield from _modal_part(component, path)
        name = component.get("custom_id")
        if name in seen:
            yield (*path, "custom_id"), "Component custom id cannot be duplicated"
        seen |= {name} if name else set()


def _modal_part(component: dict[str, Any], path: tuple[str, ...]) -> Iterator[Problem]:
    match component.get("type"):
        case 18:
            if not 1 <= size(component.get("label")) <= 45:
                yield (*path, "label"), "Must be between 1 and 45 in length."
            yield from _longest(component.get("description"), 100, (*path, "description"))
            if (component.get("component") or {}).get("type") not in {INPUT, *SELECTS}:
                yield (*path, "component"), "a label stands beside an input"
        case 4:
            if not 1 <= size(component.get("custom_id")) <= CUSTOM_ID:
                yield (*path, "custom_id"), "Must be between 1 and 100 in length."
            if len(path) > 1 and path[-1] == "component" and component.get("label"):
                yield (*path, "label"), "within a label, an input has none of its own"
            most = component.get("max_length") or 4000
            yield from _longest(component.get("value"), most, (*path, "value"))
            yield from _longest(component.get("placeholder"), 100, (*path, "placeholder"))
        case 3:
            yield from _select(component, path)
            for place, option in enumerate(component.get("options") or []):
                for key in ("label", "value"):
                    if not 1 <= size(option.get(key)) <= 100:
                        yield (*path, "options", str(place), key), "Must be between 1 and 100 in length."
            usual = sum(bool(option.get("default")) for option in component.get("options") or [])
            if usual > (component.get("max_values") or 1):
                yield (*path, "options"), "more defaults than values"
        case 10 if not 1 <= size(component.get("content")) <= 4000:
            yield (*path, "content"), "Must be between 1 and 4000 in length."
        case 2:
            yield path, "a modal has no buttons"
        case _:
            pass


def thread(body: dict[str, Any]) -> list[Problem]:
    """What is wrong with a new thread or forum post."""
    problems: list[Problem] = []
    if not 1 <= size(body.get("name")) <= THREAD_NAME:
        problems.append((("name",), f"Must be between 1 and {THREAD_NAME} in length."))
    if len(body.get("applied_tags") or []) > APPLIED_TAGS:
        problems.append((("applied_tags",), f"Must be {APPLIED_TAGS} or fewer in length."))
    if body.get("auto_archive_duration") not in {None, 60, 1440, 4320, 10080}:
        problems.append((("auto_archive_duration",), "Value must be one of {60, 1440, 4320, 10080}."))
    return problems


def collapsed(body: dict[str, Any]) -> list[str]:
    """Embeds that readers would lose: those that repeat an earlier one's ``url`` are shown as one (resources/message)."""
    seen: set[str] = set()
    lost = []
    for place, embed in enumerate(body.get("embeds") or []):
        url = embed.get("url")
        if url and url in seen:
            lost.append(f"embeds.{place} has the url of an earlier embed, so that Discord shows them as one: {json.dumps(url)}")
        seen.add(url)
    return lost
