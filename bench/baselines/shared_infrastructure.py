"""Union-find over shared infrastructure with the hubs removed (EvilCohort, Stringhini et al., USENIX Security 2015)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bench.baselines.registry import ALONE, Ints, Scores, baseline
from bench.baselines.tables import Tables

LEAST = 3  #: customers from which a component is a group
HUBS = (5, 15, 40)  #: customers behind one value from which on it links nobody


@baseline("shared cards and addresses, hubs removed", source="EvilCohort, USENIX Security 2015")
def shared_infrastructure(tables: Tables, _normal: Tables) -> dict[str, Scores]:
    """Components of accounts that share a card or an address; the more different customers, the more suspicious."""
    customer = _codes(tables.customer("organization"))
    customer = np.where(customer >= 0, customer, len(tables) + np.arange(len(tables)))
    card = _codes(tables.customer("payment"))
    known = np.flatnonzero(card >= 0)
    links = {"cards": [(known, card[known])]}
    links["cards and addresses"] = [*links["cards"], _pairs(tables, "ip")]
    links["cards, addresses and TLS fingerprints"] = [*links["cards and addresses"], _pairs(tables, "tls_fingerprint")]
    found = {}
    for name, values in links.items():
        for hub in HUBS:
            found[f"{name}, hub at {hub}"] = _components(values, customer, hub)
    return found


def _components(values: list[tuple[Ints, Ints]], customer: Ints, hub: int) -> Scores:
    count = len(customer)
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for owner, code in values:
        pairs = np.unique(np.stack((code, customer[owner])), axis=1)[0]
        users = np.bincount(pairs, minlength=int(code.max(initial=0)) + 1)
        kept = (users[code] > 1) & (users[code] < hub)
        order = np.argsort(code[kept], kind="stable")
        owner, code = owner[kept][order], code[kept][order]
        same = np.flatnonzero(code[1:] == code[:-1])
        left.append(owner[same])
        right.append(owner[same + 1])
    rows, columns = np.concatenate(left), np.concatenate(right)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    pairs = np.unique(np.stack((label, customer)), axis=1)[0]
    customers = np.bincount(pairs, minlength=int(label.max()) + 1)[label]
    return Scores(customers.astype(float), np.where(customers >= LEAST, label, ALONE))


def _pairs(tables: Tables, name: str) -> tuple[Ints, Ints]:
    """The (account, value code) pairs of a column of the log, each once."""
    code = _codes(tables.column(name))
    known = code >= 0
    owner, value = np.unique(np.stack((tables.owner[known], code[known])), axis=1)
    return owner, value


def _codes(column: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(column.dictionary_encode().indices, ALONE), np.int64)
