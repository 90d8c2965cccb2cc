"""Which facts a list of names means: its members, their route, and what it means when none of them is recorded.

A drug that is only ever given to the whole body is systemic by any route, also by one that nobody recorded; one that
also comes as cream, drops or inhaler is so only where the route says it.  What records often leave out (a biopsy made
elsewhere, breast-feeding) is heard like an observation: nothing recorded says nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.scope import ROUTES, ExpandError, Scope, concept, flat_names
from trialwright.language.vocabulary import Concept


def facts_of(
    names: tuple[str, ...],
    route: str | None,
    window: n.Window,
    scope: Scope,
    where: tuple[n.Expression, ...] = (),
    counted: bool = False,
) -> n.Facts:
    """The facts of concepts of one kind; of what is `counted`, the domain says whether silence means none."""
    found = [concept(name, scope) for name in names]
    kinds = sorted({of.domain for of in found})
    if len(kinds) > 1:
        raise ExpandError(f"{', '.join(names)} are of different kinds ({', '.join(kinds)}); join them by or")
    heard = {_heard(of) for of in found} if counted else set(kinds)
    domain = heard.pop() if len(heard) == 1 else "observation"
    if route is not None:
        if domain != "drug":
            raise ExpandError(f"only drugs have a route; {names[0]} is a {domain}")
        if any(_route_to_test(of, route) for of in found):
            where = (n.In(n.ValueOf(None, "category"), ROUTES[route]), *where)
    return n.Facts(names, cast(Any, domain), window, where)


def exists(names: s.Names, window: n.Window, scope: Scope) -> n.Expression:
    """At least one fact of any, or of every one, of the names."""
    if names.every:
        parts = tuple(exists(s.Names((name,), route=names.route), window, scope) for name in names.names)
        return n.all_of(*parts)
    groups: dict[tuple[str, str, str | None], list[str]] = {}
    for name in flat_names(names, scope):
        found = concept(name, scope)
        groups.setdefault((found.domain, _heard(found), _route_to_test(found, names.route)), []).append(name)
    parts = tuple(
        n.Compare(n.Count(facts_of(tuple(group), route, window, scope, counted=True)), ">=", n.Quantity(Decimal(1)))
        for (_, _, route), group in groups.items()
    )
    return n.any_of(*parts)


def _heard(of: Concept) -> str:
    return of.domain if of.absence_is_no else "observation"


def _route_to_test(drug: Concept, route: str | None) -> str | None:
    return None if route == "systemic" and drug.domain == "drug" and not drug.local_forms else route
