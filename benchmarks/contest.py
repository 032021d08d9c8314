"""Our engine and its peers on the same rules and the same articles, each in a process of its own.

    python contest.py NAME FILE      (started by ``run``; speaks one JSON object a line)

FILE holds the rules and the articles. The contestants match a few articles each in turn, so that whatever else the machine
does hits all of them alike. Time is CPU time, article by article, from the item as the bot has it to the ids of its rules.
Memory is what the process has of its own after its last article, less what it had before it saw the rules.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rule_set import Wanted

from bot.core.model import Item

IN_TURN = 50
"""Articles a contestant matches before it is the next one's turn."""


@dataclass(slots=True)
class Result:
    """What one contestant did.

    Attributes:
        build: CPU seconds from rules to ready.
        mb: memory in MB.
        spent: CPU seconds of each article.
        found: ids of the rules that each article matched.
    """

    build: float = 0.0
    mb: float = 0.0
    spent: list[float] = field(default_factory=list)
    found: list[list[str]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Articles per CPU second."""
        return len(self.spent) / sum(self.spent)

    def quantile(self, share: float) -> float:
        """CPU microseconds that ``share`` of the articles stay below."""
        return sorted(self.spent)[min(len(self.spent) - 1, int(len(self.spent) * share))] * 1e6

    def told(self) -> str:
        """One line for people."""
        rate, middle, slow = self.rate, self.quantile(0.5), self.quantile(0.99)
        times = f"{rate:,.0f}/s, p50 {middle:,.0f} p99 {slow:,.0f} us"
        return f"{times}, built in {self.build:.2f} s, {self.mb:.0f} MB, {len(self.spent)} articles"


def run(wanted: Sequence[Wanted], items: Sequence[Item], share: Mapping[str, int]) -> dict[str, Result]:
    """Let contestants match.

    Args:
        wanted: the rules.
        items: the articles.
        share: name of a contestant -> how many of the articles it matches, from the first on. ``name.way`` asks the
            contestant ``name`` in another of its ways; the order is that of the turns.
    """
    results = {name: Result() for name in share}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contest.pickle"
        path.write_bytes(pickle.dumps((wanted, items)))
        processes = {name: _start(name, path) for name in share if "." not in name}
        try:
            for name, process in processes.items():
                results[name].build = _ask(process, {"build": True})["build"]
            for start in range(0, len(items), IN_TURN):
                for name, result in results.items():
                    until = min(start + IN_TURN, share[name])
                    if start < until:
                        contestant, _, way = name.partition(".")
                        answer = _ask(processes[contestant], {"start": start, "until": until, "way": way or "match"})
                        result.spent += answer["spent"]
                        result.found += answer["found"]
            for name, process in processes.items():
                results[name].mb = _ask(process, {"end": True})["mb"]
        finally:
            for process in processes.values():
                process.communicate("")
    return results


def _start(name: str, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, name, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(process: subprocess.Popen[str], question: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


# In the contestant's process


def own_memory() -> int:
    """Bytes that this process shares with no other."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Private_"))


def main(name: str, path: Path) -> None:
    """Answer the questions of ``run`` until they end."""
    answers = _unshare_stdout()
    from peers import CONTESTANTS  # noqa: PLC0415  (what importing prints must not stand among the answers)

    wanted, items = pickle.loads(path.read_bytes())
    gc.collect()
    before = own_memory()
    contestant = None
    for line in sys.stdin:
        question = json.loads(line)
        if "build" in question:
            begin = time.process_time()
            contestant = CONTESTANTS[name](wanted, items[:50])
            answer: dict[str, Any] = {"build": time.process_time() - begin}
        elif contestant is not None and "start" in question:
            spent, found = [], []
            ask = getattr(contestant, question["way"])
            for item in items[question["start"] : question["until"]]:
                begin = contestant.clock()
                found.append(ask(item))
                spent.append(contestant.clock() - begin)
            answer = {"spent": spent, "found": found}
        else:
            gc.collect()
            answer = {"mb": (own_memory() - before) / 1e6}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    if contestant is not None:
        contestant.close()


def _unshare_stdout() -> IO[str]:
    """What anybody prints goes to stderr; the answers have the real stdout to themselves."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1], Path(sys.argv[2]))
