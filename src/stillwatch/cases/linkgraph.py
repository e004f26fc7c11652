"""The links of a campaign as a small drawing: shared values as hubs, members who share the same ones in bundles.

Comes in: a campaign's strongest links (at most 400). Goes out: at most `MOST_NODES` placed nodes with edges. Where one
reason ties three accounts or more together, the pairs are replaced by one hub with spokes, which says the same with
fewer lines; accounts with exactly the same neighbours become one bundle.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from stillwatch.campaigns.model import Campaign

LONE_PAIRS = 5
MOST_NODES = 150
WIDTH = 720.0
MARGIN = 26.0
TOUCHING = 1.0  #: drawing units that margins of two nodes may overlap
#: Kinds of link that get their own stroke; the rarer ones share the last.
MOST_KINDS = 5


@dataclass(frozen=True, slots=True)
class Node:
    """A hub (`letter` set) or a bundle of `accounts` members, placed in drawing units."""

    x: float
    y: float
    radius: float
    accounts: int
    letter: str
    label: str
    kind: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two nodes; `kind` indexes the legend."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: int
    width: float


@dataclass(frozen=True, slots=True)
class Hub:
    """A row of the drawing's table twin."""

    letter: str
    kind: str
    why: str
    accounts: int
    weight: float


@dataclass(frozen=True, slots=True)
class LinkGraph:
    """A placed graph with its legend and its table twin."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    legend: tuple[tuple[int, str], ...]
    hubs: tuple[Hub, ...]
    pairs: tuple[tuple[str, str, str, float], ...]
    drawn_accounts: int
    total_links: int


def kind_of(why: str) -> str:
    """The attribute that a link's reason names: "payment" of "payment: tok_ab12"."""
    head = re.split(r"[:=]", why, maxsplit=1)[0].strip()
    return head[:40] or "other"


def _letters(i: int) -> str:
    return (chr(64 + i // 26) if i >= 26 else "") + chr(65 + i % 26)


def _components(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    graph: rx.PyGraph[str, None] = rx.PyGraph()
    index: dict[str, int] = {}
    for pair in pairs:
        for account in pair:
            if account not in index:
                index[account] = graph.add_node(account)
        graph.add_edge(index[pair[0]], index[pair[1]], None)
    return sorted(
        (sorted(graph[i] for i in part) for part in rx.connected_components(graph)), key=lambda p: (-len(p), p)
    )


def kinds_of(campaigns: Iterable[Campaign]) -> tuple[str, ...]:
    """The kinds of link of a whole report, commonest first, so that one stroke means one kind on every page."""
    tally = Counter(kind_of(why) for campaign in campaigns for _, _, why, _ in campaign.links)
    kinds = [kind for kind, _ in sorted(tally.items(), key=lambda item: (-item[1], item[0]))]
    return tuple(kinds if len(kinds) <= MOST_KINDS else [*kinds[: MOST_KINDS - 1], "other"])


def link_graph(campaign: Campaign, kinds: tuple[str, ...] | None = None) -> LinkGraph | None:
    """Aggregate and place a campaign's links; None where there are none. `kinds` orders the strokes."""
    kinds = kinds_of([campaign]) if kinds is None else kinds
    if not campaign.links:
        return None
    by_why: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for left, right, why, weight in campaign.links:
        by_why[why].append((left, right, weight))
    found: list[tuple[str, str, list[str], float]] = []
    pairs: list[tuple[str, str, str, float]] = []
    for why in sorted(by_why):
        links = by_why[why]
        for part in _components((a, b) for a, b, _ in links):
            inside = set(part)
            weight = max(w for a, _, w in links if a in inside)
            if len(part) >= 3:
                found.append((kind_of(why), why, part, weight))
            else:
                pairs.append((part[0], part[-1], why, weight))
    found.sort(key=lambda hub: (-len(hub[2]), -hub[3], hub[1]))
    pairs.sort(key=lambda pair: (-pair[3], pair))
    found = found[: MOST_NODES // 3]
    hubs = tuple(Hub(_letters(i), kind, why, len(part), weight) for i, (kind, why, part, weight) in enumerate(found))
    code = {kind: i for i, kind in enumerate(kinds)}
    last = max(len(kinds) - 1, 0)

    spokes: dict[str, set[int]] = defaultdict(set)
    for i, (_, _, part, _) in enumerate(found):
        for account in part:
            spokes[account].add(i)
    pairs_drawn = _worth_drawing(pairs, spokes)
    while True:
        in_pairs = {account for a, b, _, _ in pairs_drawn for account in (a, b)}
        bundles: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for account in sorted(set(spokes) | in_pairs):
            key: tuple[object, ...] = (account,) if account in in_pairs else ("bundle", *sorted(spokes[account]))
            bundles[key].append(account)
        if len(bundles) + len(found) <= MOST_NODES or not (pairs_drawn or found):
            break
        if pairs_drawn:  # The weakest pairs go first, then the smallest hubs.
            pairs_drawn = pairs_drawn[: len(pairs_drawn) * 3 // 4]
        else:
            found.pop()
            spokes = defaultdict(set)
            for i, (_, _, part, _) in enumerate(found):
                for account in part:
                    spokes[account].add(i)

    graph: rx.PyGraph[tuple[int, int, str, str, int], int] = rx.PyGraph()
    for i, (kind, why, part, _) in enumerate(found):
        graph.add_node((i, len(part), hubs[i].letter, why, code.get(kind, last)))
    home: dict[str, int] = {}
    for accounts in bundles.values():
        label = accounts[0] if len(accounts) == 1 else f"{accounts[0]} and {len(accounts) - 1:,} more"
        node = graph.add_node((-1, len(accounts), "", label, -1))
        for account in accounts:
            home[account] = node
        for i in sorted(spokes.get(accounts[0], ())):
            graph.add_edge(i, node, code.get(found[i][0], last))
    for left, right, why, _ in pairs_drawn:
        graph.add_edge(home[left], home[right], code.get(kind_of(why), last))
    places, height = _place(graph)
    nodes = tuple(
        Node(
            *places[i],
            9.0 if letter else _disc(size),
            size,
            letter,
            label,
            kind,
        )
        for i, (_, size, letter, label, kind) in zip(graph.node_indices(), graph.nodes(), strict=True)
    )
    edges = tuple(
        Edge(*places[a], *places[b], kind, round(min(1.0 + 0.25 * math.sqrt(min(graph[a][1], graph[b][1])), 3.0), 2))
        for a, b, kind in graph.weighted_edge_list()
    )
    return LinkGraph(
        WIDTH,
        height,
        nodes,
        edges,
        tuple((kind, kinds[kind]) for kind in sorted({edge.kind for edge in edges})),
        hubs[: len(found)],
        tuple(pairs[:20]),
        len(home),
        len(campaign.links),
    )


def _worth_drawing(
    pairs: Sequence[tuple[str, str, str, float]], spokes: Mapping[str, set[int]]
) -> Sequence[tuple[str, str, str, float]]:
    """Leave out all but a few pairs that hang on nothing else: the table has them, and they would fill the page."""
    degree = Counter(account for left, right, _, _ in pairs for account in (left, right))
    lone = [pair for pair in pairs if all(degree[a] == 1 and a not in spokes for a in pair[:2])]
    dropped = set(lone[LONE_PAIRS:])
    return [pair for pair in pairs if pair not in dropped]


def _place(graph: rx.PyGraph[tuple[int, int, str, str, int], int]) -> tuple[dict[int, tuple[float, float]], float]:
    """Spring layout of each connected part, the parts packed in shelves from the largest; returns places and height."""
    parts = sorted((sorted(part) for part in rx.connected_components(graph)), key=lambda part: (-len(part), part))
    places: dict[int, tuple[float, float]] = {}
    x = y = MARGIN
    shelf = 0.0
    for part in parts:
        wide = min(64.0 * math.sqrt(len(part)) + 10.0, WIDTH - 2 * MARGIN)
        tall = min(wide, 460.0)
        if x + wide > WIDTH - MARGIN + 1:
            x, y, shelf = MARGIN, y + shelf + MARGIN, 0.0
        sub = graph.subgraph(part)
        count = sub.num_nodes()
        raw = rx.spring_layout(sub, k=1.1 / math.sqrt(count), num_iter=60, seed=7)
        xs, ys = [raw[i][0] for i in range(count)], [raw[i][1] for i in range(count)]
        spots = np.column_stack(
            ([wide * _within(xs, v) for v in xs], [tall * _within(ys, v) for v in ys]),
        )
        reach = np.array([15.0 if sub[i][2] else 4.0 + _disc(sub[i][1]) for i in range(count)])
        for node, (left, top) in zip(part, _spread(spots, reach, wide, tall), strict=True):
            places[node] = (round(x + float(left), 1), round(y + float(top), 1))
        x += wide + MARGIN
        shelf = max(shelf, tall)
    return places, round(y + shelf + MARGIN, 1)


def _spread(spots: NDArray[np.float64], reach: NDArray[np.float64], wide: float, tall: float) -> NDArray[np.float64]:
    """Push overlapping nodes apart inside the box; `reach` is each node's radius with its margin."""
    need = reach[:, None] + reach[None, :]
    np.fill_diagonal(need, 0.0)
    for _ in range(60):
        apart = spots[:, None, :] - spots[None, :, :]
        distance = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-6)
        overlap = np.maximum(need - distance, 0.0)
        if overlap.max(initial=0.0) < TOUCHING:
            break
        spots = spots + 0.5 * (apart / distance[..., None] * overlap[..., None]).sum(axis=1)
        spots = np.clip(spots, 0.0, (wide, tall))
    return spots


def _disc(accounts: int) -> float:
    """Radius of a bundle: its area grows with the accounts in it."""
    return round(min(3.2 + 1.5 * math.sqrt(accounts - 1), 16.0), 1)


def _within(values: list[float], value: float) -> float:
    low, high = min(values), max(values)
    return 0.5 if high - low < 1e-9 else (value - low) / (high - low)
