"""Many finds at once, written by the page's own modules without identifying each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Page

PATIENCE_MS = 300_000

FILL = """async ({ count, edge, noisy, changes }) => {
  const part = (path) => import(new URL(`app/page/journal/${path}.js`, document.baseURI));
  const [{ addEntry }, { thumbnailOf }, { sha256 }] = await Promise.all([
    part("entries"), part("thumbnail"), import(new URL("app/shared/hash.js", document.baseURI))]);
  const answer = (index) => {
    const deadly = index % 7 === 0;
    const names = deadly ? ["Amanita phalloides", "Agaricus campestris"] : ["Boletus edulis", "Amanita muscaria"];
    const taxonomy = { kingdom: "Fungi", phylum: "", class: "", order: "Agaricales", family: "", genus: "Amanita" };
    const candidates = names.map((scientificName, rank) => ({
      scientificName, rank: "species", taxonomy, commonNames: { en: `Common ${index}` },
      toxicity: scientificName === "Amanita phalloides" ? "deadly" : "not_assessed",
      score: rank ? 0.02 : 0.9, band: rank ? "low" : "high" }));
    const decision = { taxon: names[0], rank: "species", score: 0.9, unknown: false, band: "high", alarm: deadly,
      alarm_reason: deadly ? "score" : null, deadly: deadly ? [names[0]] : [] };
    return { at: "2024-09-01T10:00:00.000Z", model: { id: "0".repeat(16), name: "Colours", sha256: "a".repeat(64) },
      decision, danger: deadly ? "deadly" : "not_assessed", candidates, familiarity: null, hint: [] };
  };
  const canvas = new OffscreenCanvas(edge, edge);
  const context = canvas.getContext("2d");
  // Noise does not get smaller as JPEG, as the texture of a forest floor does not.
  const noise = context.createImageData(edge, edge);
  if (noisy) noise.data.forEach((_, at) => (noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256));
  if (noisy) context.putImageData(noise, 0, 0);
  const ids = [];
  for (let index = 0; index < count; index++) {
    context.fillStyle = `hsl(${index % 360} 60% ${20 + (index % 60)}%)`;
    context.fillRect(0, 0, noisy ? edge / 4 : edge, edge);
    const blob = await canvas.convertToBlob({ type: "image/jpeg" });
    const bytes = await blob.arrayBuffer();
    const id = crypto.randomUUID();
    const foundAt = new Date(Date.UTC(2024, 0, 1) + index * 3_600_000).toISOString();
    const hash = await sha256(bytes);
    const photo = { part: "cap", takenAt: foundAt, type: "image/jpeg", bytes: bytes.byteLength, sha256: hash };
    const [latitude, longitude] = [(47_000 + index) / 1e3, (-73_900 - index) / 1e3];
    const place = index % 2 ? { latitude, longitude, accuracy: 9, precision: "exact" } : null;
    const own = { ownName: null, notes: `find ${index}`, place };
    const answers = [answer(index)];
    const entry = { format: 1, id, savedAt: foundAt, foundAt, ...own, photos: [photo], answers, ...changes };
    const photos = [{ type: "image/jpeg", bytes }];
    const problem = await addEntry({ entry, photos, thumbnail: await thumbnailOf(blob) });
    if (problem) throw new Error(JSON.stringify(problem));
    ids.push(id);
  }
  return ids;
}"""

SNAPSHOT = """async () => {
  const entries = await import(new URL("app/page/journal/entries.js", document.baseURI));
  const { sha256 } = await import(new URL("app/shared/hash.js", document.baseURI));
  const all = (await entries.allEntries()).sort((a, b) => (a.id < b.id ? -1 : 1));
  const thumbnails = await entries.thumbnailsOf(all.map(({ id }) => id));
  return Promise.all(all.map(async (entry) => [
    entry,
    await Promise.all((await entries.photosOf(entry.id)).map(async ({ type, bytes }) => [type, await sha256(bytes)])),
    thumbnails.has(entry.id) ? await sha256(thumbnails.get(entry.id)) : null,
  ]));
}"""


def fill(page: Page, count: int, *, edge: int = 16, noisy: bool = False, **changes: object) -> list[str]:
    """Store finds with a photo each; every seventh is deadly, every second has a place.

    Args:
        page: the app.
        count: of finds.
        edge: of the square photos, in pixels.
        noisy: photos of as many bytes as real ones have.
        changes: other values for fields of every entry.

    Returns:
        The entries' ids.
    """
    made = page.evaluate(FILL, {"count": count, "edge": edge, "noisy": noisy, "changes": changes})
    return [str(id) for id in made]


def snapshot(page: Page) -> Any:
    """Everything that the journal holds, photos and thumbnails as their hashes."""
    return page.evaluate(SNAPSHOT)


def make_file(page: Page, kind: str) -> bytes:
    """Press one of the buttons that make a file (`backup`, `csv`, `geojson`, `dwc`); what is downloaded."""
    with page.expect_download(timeout=PATIENCE_MS) as download:
        page.get_by_test_id(f"make-{kind}").click()
    return download.value.path().read_bytes()


def bring_back(page: Page, backup: bytes | Path, name: str = "journal.zip") -> str:
    """Import a file; the report's words."""
    file = backup if isinstance(backup, Path) else FilePayload(name=name, mimeType="application/zip", buffer=backup)
    page.get_by_test_id("import-input").set_input_files(file)
    page.locator("[data-testid=import-report] .report").wait_for(timeout=PATIENCE_MS)
    return page.get_by_test_id("import-report").inner_text()
