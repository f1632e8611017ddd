"""Where species stand: what tables say rank by rank, and how one table completes another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from sporeprint_training.dataset.names import binomial
from sporeprint_training.dataset.store import TAXON_RANKS
from sporeprint_training.errors import BadInput
from sporeprint_training.reference import ReferenceTaxon

_UPWARDS = TAXON_RANKS[::-1]


class Placements:
    """What one table says: above every taxon that it names, one taxon per rank."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}

    def add(self, species: str, ranks: Mapping[str, str], where: str) -> None:
        """Take one species' place.

        Args:
            species: genus and epithet; "" for a row that names none.
            ranks: rank to name; blank where nothing is known.
            where: file and line, for a message.

        Raises:
            BadInput: a taxon would lie in two others of one rank, such as a genus in two families.
        """
        chain = [("species", species), *((rank, ranks.get(rank, "")) for rank in _UPWARDS)]
        for (rank, taxon), (higher, name) in combinations([link for link in chain if link[1]], 2):
            kept, first = self._above.setdefault((rank, taxon), {}).setdefault(higher, (name, where))
            if kept != name:
                raise BadInput(
                    f"A taxon has one place: one {rank} lies in one {higher}",
                    received=f"{rank} {taxon} in {kept} ({first}) and in {name} ({where})",
                    next_step="Correct one of the two rows, or remove it",
                )

    def above(self, rank: str, taxon: str) -> dict[str, str]:
        """Rank to name of what the taxon lies in; empty when the table does not say."""
        return {higher: name for higher, (name, _) in self._above.get((rank, taxon), {}).items()}

    def own(self, name: str) -> dict[str, str]:
        """What the table says of a class itself, which may be a species or a whole genus."""
        found = self.above("species", species_key(name))
        return found or self.above("genus", name)


def species_key(name: str) -> str:
    """What a class's name is looked up by: genus and epithet, where it has them."""
    return binomial(name) or name


def of_reference(taxon: ReferenceTaxon | None) -> Placements:
    """One taxon's place in the reference table; without a taxon, nothing."""
    table = Placements()
    if taxon:
        table.add(taxon.scientific_name, taxon.taxonomy, "the reference table")
    return table


def place(name: str, tables: Sequence[Placements]) -> dict[str, str]:
    """Every rank's name for a class, "" where none is known.

    The first table with the class decides the ranks that it gives; see `completed` for the others. A binomial's first
    word is its genus, also where no table knows it.
    """
    return completed(name, next((own for table in tables if (own := table.own(name))), {}), tables)


def identity(names: Sequence[str], tables: Sequence[Placements]) -> Iterator[tuple[str, ...]]:
    """What the tables say of these classes, as rows for the identity of a data set; none where they say nothing."""
    for name in names:
        said = place(name, tables)
        if said != place(name, ()):
            yield name, *said.values()


def completed(name: str, known: Mapping[str, str], tables: Sequence[Placements]) -> dict[str, str]:
    """`known` with its blanks filled, upwards, by what the tables place the next lower taxon in.

    A table that puts a taxon elsewhere than `known` does fills nothing in between: mixing two opinions would place it
    where nobody does.
    """
    found = {rank: taxon for rank, taxon in known.items() if taxon}
    found.setdefault("genus", name.split()[0])
    lower = ("genus", found["genus"])
    for rank in _UPWARDS[1:]:
        found.setdefault(rank, next(_candidates(lower, rank, found, tables), ""))
        lower = (rank, found[rank]) if found[rank] else lower
    return {rank: found[rank] for rank in TAXON_RANKS}


def _candidates(
    lower: tuple[str, str], rank: str, found: Mapping[str, str], tables: Sequence[Placements]
) -> Iterator[str]:
    for table in tables:
        taxon = table.above(*lower).get(rank, "")
        higher = table.above(rank, taxon) if taxon else {}
        if taxon and all(found.get(above) in (None, "", name) for above, name in higher.items()):
            yield taxon
