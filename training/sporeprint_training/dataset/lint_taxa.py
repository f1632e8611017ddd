"""Names as records state them, made into the species of a data set, with a report of what became what."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sporeprint_training.dataset.names import binomial, scientific_name
from sporeprint_training.dataset.removed import Sifted, removed_frame, sift

_KEY = ["scientific_name", "accepted_name", "species", "rank"]
REPORT = ("stated", "species", "change", "records")
ABOVE = frozenset(
    {*("domain", "kingdom", "subkingdom", "phylum", "subphylum", "class", "subclass", "order", "suborder")}
    | {*("superfamily", "family", "subfamily", "tribe", "subtribe", "genus", "subgenus", "section", "series")}
)
"""Ranks above the species, lower case."""
_HYBRID = re.compile(r"[×✕]|(?:^|\s)[xX](?=\s)|\bnothosp|\bhybrid\b", re.IGNORECASE)
_UNCERTAIN = re.compile(r"(?<![\w-])(cf|aff|near|nr)(?![\w-])\.?|(?<!\w)\?|\?(?!\w)", re.IGNORECASE)
_NO_SPECIES = re.compile(r"(?<![\w-])(sp|spp|spec|indet|undet|gen)(?![\w-])\.?", re.IGNORECASE)
# Lower case only: Ser. and S. L. are authors.
_AGGREGATE = re.compile(r"(?<![\w-])(group|complex|agg|sect|ser|s\. ?l|sensu lato)(?![\w-])\.?")
_NO_NAME = re.compile(r"[<>=@{}|\\]")
_BELOW = re.compile(r"\s(?P<mark>subsp|ssp|var|subvar|f|forma)\.?\s+(?P<epithet>[a-zà-öø-ÿœ-]{2,})(?=\s|$)")
_MARKS = {"ssp": "subsp.", "forma": "f."}


@dataclass(frozen=True)
class Linted(Sifted):
    """Records whose `species` is the name of their class, and those without such a name."""

    report: pd.DataFrame
    """With the columns `REPORT`: every name as stated, the species or the reason that it became, what changed
    (`synonym`, `infraspecific`, `author`, `spelling`; "" nothing), and how many records state it; the most frequent
    first."""


def lint_taxa(records: pd.DataFrame, *, fold: bool = True) -> Linted:
    """Give every record the accepted name of a species, without its author, or a reason to leave it out.

    A record's own name decides whether it is a species at all; then the accepted name goes before the source's
    `species`, and that before the name itself. Reasons: `name_blank`, `name_unusable` (no scientific name),
    `name_above_species` (a genus, a group), `name_sp`, `name_cf`, `name_hybrid`; `duplicate_record` (the same photo
    again), `duplicate_record_other_species` (under another name; the first one stays).

    Args:
        records: with the columns of `records.COLUMNS`.
        fold: make subspecies, varieties and forms into their species; else each is a class of its own.
    """
    keys = records[_KEY].astype(str)
    codes = keys.groupby(_KEY, sort=False, observed=True, dropna=False).ngroup().to_numpy()
    distinct = keys.drop_duplicates().to_numpy().tolist()
    judged = [_judged(*key, fold=fold) for key in distinct]
    names = np.array([name for name, _, _ in judged], dtype=object)[codes] if len(codes) else np.array([], object)
    reasons = np.array([reason for _, reason, _ in judged], dtype=object)[codes] if len(codes) else np.array([], object)
    named = sift(records.assign(species=names), pd.Series(reasons, index=records.index), records["scientific_name"])
    merged = _merged(named.kept)
    removed = pd.concat([part for part in (named.removed, merged.removed) if len(part)] or [removed_frame()])
    return Linted(merged.kept, removed.reset_index(drop=True), _report(distinct, judged, np.bincount(codes)))


def _judged(stated: str, accepted: str, species: str, rank: str, *, fold: bool) -> tuple[str, str, str]:
    """Name, reason and change of one name; name or reason is empty."""
    shown = next((text.strip() for text in (stated, accepted, species) if text.strip()), "")
    own, best = _tidy(shown), _tidy(accepted)
    reason = _objection(shown, own, rank, bool(binomial(_tidy(species) or "")))
    if not reason and best and _HYBRID.search(best):
        reason = "name_hybrid"
    if reason or own is None:
        return "", reason, ""
    source = next((text for text in (best, _tidy(species), own) if text and binomial(text)), own)
    name = binomial(source) or ""
    below = _below(source) if not fold else ""
    if below:
        name = f"{name} {below}"
    return name, "", _change(shown, own, name, folded=fold and _below(own) != "")


def _tidy(text: str) -> str | None:
    name = scientific_name(text)
    if name is None or _NO_NAME.search(name):
        return None
    first, _, rest = name.partition(" ")
    # AMANITA MUSCARIA and AMANITA muscaria are how some labels are typed.
    if name.isupper():
        return name.capitalize()
    return f"{first.capitalize()} {rest}".strip() if first.isalpha() and first.isupper() else name


def _objection(shown: str, own: str | None, rank: str, placed: bool) -> str:
    if not shown:
        return "name_blank"
    if own is None:
        return "name_unusable"
    for pattern, reason in (
        (_HYBRID, "name_hybrid"),
        (_UNCERTAIN, "name_cf"),
        (_NO_SPECIES, "name_sp"),
        (_AGGREGATE, "name_above_species"),
    ):
        if pattern.search(own):
            return reason
    if rank.strip().lower() in ABOVE:
        return "name_above_species"
    if binomial(own) or placed:
        return ""
    # "Amanita Pers." is a genus with its author.
    return "name_above_species" if re.match(r"[A-Z][a-zà-öø-ÿœ-]+(\s+[(A-Z&].*)?$", own) else "name_unusable"


def _below(name: str) -> str:
    found = _BELOW.search(name)
    if found:
        return f"{_MARKS.get(found['mark'], found['mark'] + '.')} {found['epithet']}"
    words = [word for word in name.split() if not word.startswith("(")]
    # A bare third name, as zoologists write it; authors' particles are lower case too.
    bare = len(words) > 2 and binomial(f"{words[0]} {words[2]}")
    return f"subsp. {words[2]}" if bare else ""


def _change(shown: str, own: str, name: str, *, folded: bool) -> str:
    if shown == name:
        return ""
    if binomial(own) != binomial(name):
        return "synonym"
    if folded:
        return "infraspecific"
    return "spelling" if own == name else "author"


def _merged(records: pd.DataFrame) -> Sifted:
    where = ["source", "media"]
    again = records.duplicated(where).to_numpy()
    first = records["species"].copy()
    twice = records[records.duplicated(where, keep=False)]
    if len(twice):
        first[twice.index] = twice.groupby(where, sort=False)["species"].transform("first")
    same = (first == records["species"]).to_numpy()
    reasons = np.select([again & same, again], ["duplicate_record", "duplicate_record_other_species"], "")
    return sift(records, pd.Series(reasons, index=records.index), first)


def _report(distinct: list[list[str]], judged: list[tuple[str, str, str]], counts: NDArray[np.int64]) -> pd.DataFrame:
    rows = [
        (next((text for text in key[:3] if text.strip()), ""), name or reason, change, int(count))
        for key, (name, reason, change), count in zip(distinct, judged, counts.tolist(), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=list(REPORT))
    summed = frame.groupby(list(REPORT[:3]), sort=True)["records"].sum().reset_index()
    return summed.sort_values(["records", "stated"], ascending=[False, True], kind="stable").reset_index(drop=True)
