"""What a start has built is no garbage: searches for cycles leave it out."""

from __future__ import annotations

import gc
import weakref

from bot.running import set_aside


def test_what_a_start_has_built_is_left_out_of_later_searches_for_garbage_and_what_is_gone_by_the_next_start_is_found():
    class Part:
        pass

    part = Part()
    part.itself = part
    set_aside()
    try:
        assert gc.get_freeze_count() > len(gc.get_objects())
        gone = weakref.ref(part)
        del part
        gc.collect()
        assert gone() is not None, "it was set aside"
        set_aside()
        assert gone() is None
    finally:
        gc.unfreeze()
