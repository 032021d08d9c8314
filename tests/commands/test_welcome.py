"""What the bot says when it is invited."""

from __future__ import annotations

from bot.commands.asking import Ask
from bot.commands.welcome import welcome
from bot.core.model import Platform

ASK = Ask(Platform.SLACK, "T1", "C0000000001", "U1", "")


def said(reply):
    return "\n".join(part.text for part in reply.sections)


def test_a_welcome_names_three_steps_with_a_button_for_each():
    reply = welcome(ASK, ("rules", "subscribe", "test", "help"))
    assert not reply.private
    assert [button.words for button in reply.buttons] == ["rules", "test", "help"]
    assert "1. Choose a rule that is there: /watch rules" in said(reply)
    assert "2. See what a message looks like: /watch test" in said(reply)
    assert "3. Ask what you like: /watch help" in said(reply)


def test_a_newcomer_is_told_first_how_to_say_what_to_read_and_what_to_look_for():
    reply = welcome(ASK, ("source add", "rule add", "rules", "subscribe", "test", "help"))
    assert [button.words for button in reply.buttons] == ["source add", "rule add", "rules", "test", "help"]
    assert "1. Say what to read and what to look for: /watch source add takes" in said(reply)
    assert "4. Ask what you like" in said(reply)


def test_it_names_no_command_that_nobody_answers():
    reply = welcome(ASK, ())
    assert reply.buttons == ()
    assert "/watch" not in said(reply)
    assert "1. The operator binds a rule to this channel in the configuration file" in said(reply)
    assert "slack:C0000000001" in said(reply)


def test_in_discord_it_names_the_command_that_managers_see():
    reply = welcome(Ask(Platform.DISCORD, "1", "2", "3", ""), ("rules", "subscribe", "test", "help"))
    assert "/watch rules" in said(reply)
    assert "/watch-admin subscribe RULE" in said(reply)
    assert "/watch-admin test" in said(reply)
