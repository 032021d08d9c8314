"""``help``: every command in groups, or one command with its parameters and examples."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.desk import Desk
from bot.commands.reply import Reply, Section
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr


def command(table: Callable[[], Sequence[Command]]) -> Command:
    """The command, over a table that it is itself part of."""

    async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
        del desk  # what there is to ask is the same for everybody
        name = values.get("command")
        return _everything(table(), ask) if name is None else _one(table(), str(name), ask)

    return Command(
        name="help",
        group=later("Start here"),
        role=Role.VIEWER,
        summary=later("What you can ask, with examples"),
        help=(
            later(
                "Lists what you can ask; with the name of a command, tells all about that one. Answers are for your eyes "
                "alone, unless "
                "the last word is show."
            )
        ),
        examples=("help why", "help"),
        run=run,
        parameters=(Parameter("command", Kind.COMMAND, later("The name of a command")),),
    )


def _everything(table: Sequence[Command], ask: Ask) -> Reply:
    sections = []
    for group in dict.fromkeys(command.group for command in table):
        commands = [command for command in table if command.group == group]
        fields = tuple((command.usage(ask), tr(command.summary) + _needs(command, ask)) for command in commands)
        sections.append(Section(tr(group), fields=fields))
    open_to = [command for command in table if ask.role.may(command.role)]
    examples = [next(iter(_telling(open_to, group))).examples_for(ask)[0] for group in dict.fromkeys(one.group for one in open_to)]
    sections.append(Section(tr("For example"), code="\n".join(examples)))
    return Reply(tr("What you can ask"), tuple(sections))


def _telling(commands: Sequence[Command], group: str) -> list[Command]:
    """The commands of a group, those first whose example says more than their name: one of them shows how they are typed."""
    return sorted((one for one in commands if one.group == group), key=lambda one: one.examples[0] == one.name)


def _one(table: Sequence[Command], name: str, ask: Ask) -> Reply:
    found = next((command for command in table if command.name == name), None)
    if found is None:
        near = difflib.get_close_matches(name, [command.name for command in table], 1)
        hint = (
            tr(" Did you mean {name}?", name=near[0])
            if near
            else tr(" There are: {words}.", words=", ".join(command.name for command in table))
        )
        raise UserInputError(tr("There is no command {name}.{hint}", name=name, hint=hint))
    parameters = tuple(
        (
            parameter.name,
            f"{tr(parameter.meaning)}{_range(parameter)}; {tr('needed') if parameter.required else tr('may be left out')}",
        )
        for parameter in found.parameters_in(terminal=ask.terminal)
    )
    sections = [Section(text=tr(found.help) + _needs(found, ask))]
    if parameters:
        sections.append(Section(tr("After it"), fields=parameters))
    sections.append(Section(tr("For example"), code="\n".join(found.examples_for(ask))))
    return Reply(found.usage(ask), tuple(sections))


def _range(parameter: Parameter) -> str:
    return f", {parameter.lowest} to {parameter.highest}" if parameter.kind is Kind.NUMBER else ""


def _needs(command: Command, ask: Ask) -> str:
    return "" if ask.role.may(command.role) else tr(" (needs the role {role})", role=command.role)
