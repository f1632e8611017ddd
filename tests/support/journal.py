"""Finds for the journal, made and read by the page's own modules."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Page

from colour_bundle import plain_photo

SAVE = """async ({ photos, place, setting, ownName, notes, takenAt }) => {
  const { saveFind } = await import(new URL("app/page/journal/save.js", document.baseURI));
  const { sporeprint } = window;
  const { manifest } = await sporeprint.ready;
  const bytesOf = (data) => Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const blobs = photos.map(({ type, data }) => new Blob([bytesOf(data)], { type }));
  const identified = await sporeprint.identify(blobs);
  const app = { settings: { place: setting }, catalogue: await (await fetch("catalogue.json")).json() };
  const parts = ["cap", "underside", "base"];
  const found = blobs.map((blob, index) => ({ blob, part: parts[index] ?? "other", takenAt, place }));
  return saveFind(app, { photos: found, identified, manifest, ownName, notes });
}"""


def save_find(
    page: Page,
    *photos: bytes,
    kind: str = "image/png",
    place: dict[str, float] | None = None,
    setting: str = "off",
    own_name: str | None = None,
    notes: str = "",
    taken_at: str | None = None,
) -> str:
    """Identify photos (a red one without any) and save the find; its id."""
    sent = [{"type": kind, "data": base64.b64encode(photo).decode()} for photo in photos or (plain_photo(220, 30, 20),)]
    options = {"place": place, "setting": setting, "ownName": own_name, "notes": notes, "takenAt": taken_at}
    return str(page.evaluate(SAVE, {"photos": sent, **options}))


def journal(page: Page, expression: str, argument: object = None) -> Any:
    """The value of an expression with the journal's functions in `entries`; `argument` is `it`."""
    script = f"""async (it) => {{
      const entries = await import(new URL("app/page/journal/entries.js", document.baseURI));
      return {expression};
    }}"""
    return page.evaluate(script, argument)
