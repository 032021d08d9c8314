"""How often people found a rule right stands beside what it told this week."""

from __future__ import annotations

from bot.commands.table import Role


async def test_the_week_in_figures_says_how_many_judged_stories_were_relevant(town, event, words):
    await town.arrive(event("a", 0), event("b", 1))
    assert "judged" not in words(await town.ask("stats", role=Role.VIEWER))
    await town.ask("vote no https://a.example/a")
    await town.ask("vote yes https://b.example/b")
    assert "1 of 2 judged stories relevant (50%)" in words(await town.ask("stats", role=Role.VIEWER))
    assert "judged" not in words(await town.other("stats"))
