"""The dates that a story promises are proposed with the reason it was posted."""

from __future__ import annotations

from datetime import timedelta

TEXT = (
    "The vote in the gallery surprised motorists. The contract expires on June 30. The mayor announced a one-year moratorium on "
    "new cameras. Residents have until March 24 to comment. A report is due on April 9."
)


async def test_an_answer_names_the_dates_that_its_story_promises(rig, event):
    await rig.arrive(event("a", 0, content_text=TEXT))
    await rig.send()
    reply = await rig.ask("why https://a.example/a")
    (dates,) = [part for part in reply.sections if part.heading == "Dates it names"]
    assert dates.text.split("\n") == [
        "Tue 24 March: Residents have until March 24 to comment.",
        "Thu 9 April: A report is due on April 9.",
        "Tue 30 June: The contract expires on June 30.",
    ]


async def test_a_vague_date_says_so_and_has_no_weekday(rig, event):
    await rig.arrive(event("a", 0, content_text="The mayor announced a one-year moratorium on new cameras."))
    reply = await rig.ask("why https://a.example/a")
    (dates,) = [part for part in reply.sections if part.heading == "Dates it names"]
    assert dates.text == "About 10 March 2027: The mayor announced a one-year moratorium on new cameras."


async def test_dates_of_articles_that_no_visible_rule_matched_are_not_told(rig, event):
    await rig.arrive(event("a", 0))
    text = "The vote in the gallery surprised motorists. The contract expires on June 30."
    await rig.arrive(event("b", 0, event("a", 0).date_published + timedelta(hours=1), content_text=text))
    told = [part.text for part in (await rig.ask("why https://a.example/a")).sections if part.heading == "Dates it names"]
    assert told == ["Tue 30 June: The contract expires on June 30."]
    elsewhere = await rig.ask("why https://a.example/a", "guild")
    assert [part for part in elsewhere.sections if part.heading == "Dates it names"] == []
