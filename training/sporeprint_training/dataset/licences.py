"""Licences as people and portals write them, as SPDX ids, and which of them a data set takes.

Source of the ids: SPDX License List 3.26. It has no id for a Creative Commons licence without a version, nor for every
ported one; these are called in the same manner (`CC-BY`, `CC-BY-SA-2.5-SE`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

import pandas as pd

from sporeprint_training.dataset.removed import Sifted, sift

ALL_RIGHTS_RESERVED = "LicenseRef-AllRightsReserved"
FAMILIES = (
    "CC0", "CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-NC-SA", "CC-BY-ND", "CC-BY-NC-ND", "public-domain",
)  # fmt: skip
"""What can be allowed: every version and port of a licence at once."""
ALLOWED = frozenset({"CC0", "CC-BY", "CC-BY-SA"})
"""Allowed unless asked otherwise. Training makes something new from a photo, and apps are sold: NC and ND have to be
asked for. `public-domain` too: Creative Commons' mark and its retired dedication are what somebody believes of a photo,
or hold in one country, and license nothing."""
_MAX_TEXT = 2000
_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
_WORDS = (
    (re.compile(r"\(cc\)|creative[ _-]*commons(?!\.)"), "cc"),
    (re.compile(r"attribution"), "by"),
    (re.compile(r"non[ _-]*commercial"), "nc"),
    (re.compile(r"share[ _-]*alike"), "sa"),
    (re.compile(r"no[ _-]*deriv(ative|ate)?s?( works?)?"), "nd"),
    (re.compile(r"cc[ _-]*zero|public[ _-]*domain[ _-]*(dedication[ _-]*\(cc0\)|zero)"), "cc0"),
)
_ADDRESS = re.compile(
    r"creativecommons\.org/(?P<kind>licen[sc]es|publicdomain)/(?P<terms>[a-z-]+)/?(?P<version>\d\.\d)?"
    r"(?:/(?P<port>(?!deed|legalcode)[a-z]{2,8}))?(?:/(?:deed|legalcode)[a-z._-]*)?/?"
)
_CODE = re.compile(
    r"(?<![a-z0-9])cc[ :_-]*(?P<terms>by(?:[ _/-]*(?:nc|nd|sa)(?![a-z]))*)"
    r"(?:[ _/-]*v?(?P<version>\d[._]\d)(?:[ _/-](?P<port>[a-z]{2})(?![a-z]))?)?(?![a-z0-9])"
)
_BARE = re.compile(r"(?P<terms>by(?:[ _/-]*(?:nc|nd|sa))*)(?:[ _/-]*(?P<version>\d[._]\d))?(?P<port>)")
_ZERO = re.compile(r"(?<![a-z0-9])(?:cc[ _-]?0|publicdomain-zero)(?:[ _-]*1[._]0)?(?![0-9a-z])")
_RESERVED = re.compile(r"all rights reserved|^©$|^(©|\(c\)|copyright)( all rights reserved)?$|^cc?[_ -]?copyright$")
_RESTRICTION = re.compile(r"(?<![a-z])(nc|nd|not|only|except|unless|permission|all rights reserved)(?![a-z])")
_FAMILY = re.compile(r"(CC-BY(?:-NC)?(?:-SA|-ND)?)(?![A-Z]|-[A-Z]).*|(CC0)-1\.0")


@lru_cache(maxsize=100_000)
def licence_id(text: str) -> str | None:
    """SPDX id of a licence as stated: an address, a code such as GBIF's `CC_BY_NC_4_0`, or a sentence with either.

    Args:
        text: as the source says, such as `© Ann, some rights reserved (CC BY)`.

    Returns:
        `CC-BY-4.0`; `CC-BY` where no version is stated; `CC-PDM-1.0` and `CC-PDDC` for the two marks of the public
        domain; `ALL_RIGHTS_RESERVED`; None for no text, for an unknown one, and for one that says two things.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text[:_MAX_TEXT]).casefold().split())
    addressed = {_of_address(found) for found in _ADDRESS.finditer(plain)}
    rest = _ADDRESS.sub(" ", plain)
    for word, code in _WORDS:
        rest = word.sub(code, rest)
    stated = addressed | {_of_terms(found) for found in _CODE.finditer(rest)}
    stated |= {"CC0-1.0"} if _ZERO.search(rest) else set()
    bare = _BARE.fullmatch(re.sub(r"\blicen[sc]e\b", "", rest).strip(" ."))
    if bare:
        stated |= {_of_terms(bare)}
    if not stated:
        return _other(rest)
    if bare:
        return _agreed(stated, set())
    return _agreed(stated, set(_RESTRICTION.findall(_ZERO.sub(" ", _CODE.sub(" ", rest)))))


def family(licence: str) -> str:
    """Which of `FAMILIES` an id belongs to; "" for any other."""
    if licence in ("CC-PDM-1.0", "CC-PDDC"):
        return "public-domain"
    found = _FAMILY.fullmatch(licence)
    return (found[1] or found[2]) if found else ""


def objection(text: str, allowed: Collection[str] = ALLOWED) -> str:
    """Why a photo with this licence is not taken: `licence_missing`, `licence_unknown`, `licence_not_allowed` or ""."""
    if not text.strip():
        return "licence_missing"
    found = licence_id(text)
    if found is None:
        return "licence_unknown"
    return "" if family(found) in allowed else "licence_not_allowed"


def sift_licences(records: pd.DataFrame, allowed: Collection[str] = ALLOWED) -> Sifted:
    """Leave out every record whose licence is missing, unknown or not allowed; see `objection` for the reasons.

    Args:
        records: with the columns of `records.COLUMNS`.
        allowed: some of `FAMILIES`.

    Returns:
        The kept records with the column `licence`, an SPDX id, beside `licence_verbatim`.
    """
    # A table of millions states a few dozen licences.
    stated = records["licence_verbatim"].astype("category")
    texts = stated.cat.categories.tolist()
    reasons = stated.map({text: objection(str(text), allowed) for text in texts}).astype(str)
    licences = stated.map({text: licence_id(str(text)) or "" for text in texts}).astype(str)
    return sift(records.assign(licence=licences), reasons, records["licence_verbatim"])


def _of_address(found: re.Match[str]) -> str:
    if found["kind"] == "publicdomain":
        return {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}.get(found["terms"], "")
    return "CC-PDDC" if found["terms"] == "publicdomain" else _of_terms(found)


def _of_terms(found: re.Match[str]) -> str:
    terms = re.split(r"[^a-z]+", re.sub(r"(nc|nd|sa)", r"-\1", found["terms"]).strip("-"))
    parts = {part for part in terms if part}
    version = (found["version"] or "").replace("_", ".")
    if "by" not in parts or not parts <= {"by", "nc", "sa", "nd"} or {"sa", "nd"} <= parts:
        return ""
    if version and version not in _VERSIONS:
        return ""
    ordered = [part.upper() for part in ("by", "nc", "sa", "nd") if part in parts]
    # Version 4.0 has no ports: what follows is the language of the page.
    port = (found["port"] or "").upper() if version not in ("", "4.0") else ""
    return "-".join(["CC", *ordered, *([version] if version else []), *([port] if port else [])])


def _other(plain: str) -> str | None:
    if _RESERVED.search(plain):
        return ALL_RIGHTS_RESERVED
    return "CC-PDM-1.0" if re.fullmatch(r"(cc )?public domain mark( 1\.0)?|pdm([ -]1\.0)?", plain) else None


def _agreed(stated: set[str], restrictions: set[str]) -> str | None:
    # "CC BY" beside the address of CC BY 4.0 is one licence; two versions, or other terms, are two.
    exact = {one for one in stated if not any(_more_exact(other, one) for other in stated)}
    if len(exact) != 1 or "" in exact:
        return None
    licence = exact.pop()
    # "CC BY, non-commercial use only" grants less than its code says.
    return None if any(word.upper() not in licence.split("-") for word in restrictions) else licence


def _more_exact(one: str, other: str) -> bool:
    return one.startswith(f"{other}-") and family(one) == family(other)
