"""Two measurements: every runtime alone and cold, then all of them warm, taking turns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_benchmark.measured import Answer, ColdStart, Site
from runtime_benchmark.memory import renderer_bytes
from runtime_benchmark.pictures import Pictures
from runtime_benchmark.session import Session
from sporeprint_site.browser import ARGUMENTS, find_chromium
from sporeprint_site.serve import SiteServer
from sporeprint_training.progress import Progress

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TURN = 5
"""Pictures that a runtime answers before the next one's turn: the machine's moods then touch all alike."""
WARM_UP = 2
"""Untimed answers before each turn; the others have just emptied the processor's caches."""
PASSES = 3
"""How often every picture is asked for. The fastest time counts: whatever else the machine does only ever adds."""
_SETTLE_SECONDS = 2.0


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser process of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


def start_cold(site: Site, pictures: Pictures, *, asked: int) -> ColdStart:
    """Open a runtime in a browser process of its own and ask it for `asked` pictures."""
    with SiteServer(site.folder) as server, chromium() as browser:
        session = Session(browser, site, server.url, pictures)
        first = session.answer(0)
        sent = tuple(request.path for request in server.requests if request.status == HTTPStatus.OK)
        for index in range(1, asked):
            session.answer(index)
        time.sleep(_SETTLE_SECONDS)
        return ColdStart(session.ready_ms, first.ms, sent, renderer_bytes(browser), session.backend)


def blank_memory(folder: Path) -> int | None:
    """Private bytes of the renderer processes of a page with nothing in it."""
    with SiteServer(folder) as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        time.sleep(_SETTLE_SECONDS)
        return renderer_bytes(browser)


def take_turns(sites: Sequence[Site], pictures: Pictures, progress: Progress) -> dict[str, list[Answer]]:
    """All runtimes open at once, each asked for every picture `PASSES` times, a few at a time and in rotating order.

    Returns:
        Runtime's name to its fastest answer for each picture, in the pictures' order.
    """
    found: dict[str, list[list[Answer]]] = {site.name: [] for site in sites}
    count = len(pictures.png)
    with ExitStack() as stack, progress.step("Taking turns", PASSES * count * len(sites)) as advance:
        browser = stack.enter_context(chromium())
        servers = [stack.enter_context(SiteServer(site.folder)) for site in sites]
        sessions = [Session(browser, site, server.url, pictures) for site, server in zip(sites, servers, strict=True)]
        for number in range(PASSES):
            for session in sessions:
                found[session.site.name].append([])
            for turn, begin in enumerate(range(0, count, TURN)):
                shift = (turn + number) % len(sessions)
                for session in sessions[shift:] + sessions[:shift]:
                    asked = range(begin, min(begin + TURN, count))
                    found[session.site.name][-1] += _one_turn(session, asked)
                    advance(len(asked))
    return {name: [min(tries, key=_ms) for tries in zip(*passes, strict=True)] for name, passes in found.items()}


def _one_turn(session: Session, asked: range) -> list[Answer]:
    for _ in range(WARM_UP):
        session.answer(asked[0])
    return [session.answer(index) for index in asked]


def _ms(answer: Answer) -> float:
    return answer.ms
