"""How a drug is given: as recorded, as its product or its code tells, and whether it matters where nothing does.

Tacrolimus may be a capsule or an ointment, cyclosporine a capsule or eye drops.  Of such drugs (`local_forms` in the
catalog) a record without its route is not surely treatment of the whole body; of all others it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from trialwright.language.vocabulary import Concept
from trialwright.population.codebook import CodeBook, short_system
from trialwright.population.route_words import route_of

_ATC = {"D": "topical", "M02": "topical", "S01": "ophthalmic", "R01": "nasal", "R03A": "inhaled", "R03B": "inhaled"}
_ATC |= dict.fromkeys(("A01", "A07E", "C05", "G01", "R02", "S02", "S03"), "other")
"""Groups of the ATC whose products act where they are given (WHO ATC index 2026)."""


def tell(book: CodeBook, drug: Concept, route: str | None, codes: Iterable[tuple[str, str]]) -> tuple[str | None, bool]:
    """The route of a record, and whether it is clear enough: recorded, told by a code, or of no matter."""
    if route is not None or not drug.local_forms:
        return route, True
    whole_body = False
    for system, code in codes:
        if short_system(system) == "ATC":
            local = next((at for group, at in _ATC.items() if code.upper().startswith(group)), None)
            if local is not None:
                return local, True
            whole_body = True
        elif found := route_of(book.products.get((short_system(system), code), "")):
            return found, True
    return None, whole_body
