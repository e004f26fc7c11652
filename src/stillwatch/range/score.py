"""Score an answer about a world, so that the score can't be gamed.

Only flagged members of a campaign count as found: an account that is flagged but in no campaign, or in a campaign that
is mostly innocent, does not. Ties of the ranking score are broken at random; duplicate rows and unknown accounts are
refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import InputError

RECOVERED = 0.9  #: purity and completeness from which a campaign counts as recovered
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CampaignScore:
    """One true campaign and the found campaign that fits it best."""

    campaign: str
    accounts: int
    recall: float  #: share of its accounts found in mostly guilty campaigns
    match: str | None  #: the found campaign with most of its accounts
    purity: float  #: share of the match's accounts that belong to this campaign
    completeness: float  #: share of this campaign's accounts in the match


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of one answer; shares in [0, 1]. `recall` is of malicious accounts, found as the module says."""

    precision: float  #: of flagged accounts; 1 where nothing is flagged
    recall: float
    fpr: float  #: share of benign accounts flagged
    worst_kind: str | None
    worst_kind_fpr: float
    mean_campaign_recall: float
    campaigns: int  #: found
    true_campaigns: int
    campaigns_recovered: int
    false_campaigns: int  #: found campaigns of which at most half of the accounts are malicious
    average_precision: float
    auc: float
    per_campaign: tuple[CampaignScore, ...]
    fpr_by_kind: dict[str, float]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def score_answer(world: Path, answer: Path, seed: int = 0) -> Score:
    """Compare ANSWER/accounts.parquet and campaigns.parquet with WORLD/labels.parquet.

    An account that the answer leaves out counts as not flagged, with the lowest score. `seed` breaks ties.

    Raises `InputError` for a missing file or column, a duplicate account or campaign, an unknown account, a campaign
    of an account that campaigns.parquet lacks, or a score that is not a number.
    """
    labels = _read(world / "labels.parquet", ("account", "kind", "campaign", "malicious"))
    found = _read(answer / "accounts.parquet", ("account", "score", "flagged", "campaign"))
    listed = _read(answer / "campaigns.parquet", ("campaign",))
    names = {name: at for at, name in enumerate(labels["account"].to_pylist())}
    file = str(answer / "accounts.parquet")
    place = np.empty(len(found), dtype=np.int64)
    seen: dict[str, int] = {}
    for row, name in enumerate(found["account"].to_pylist()):
        if name not in names:
            raise InputError(
                f"account '{name}' is not in this world; score the answer of a scan of this world's log",
                file=file,
                row=row,
                field="account",
            )
        if name in seen:
            raise InputError(
                f"account '{name}' stands in row {seen[name]} already", file=file, row=row, field="account"
            )
        seen[name] = row
        place[row] = names[name]
    raised = listed["campaign"].to_pylist()
    if len(set(raised)) != len(raised):
        twice = sorted(str(name) for name in set(raised) if raised.count(name) > 1)
        raise InputError(f"listed twice: {', '.join(twice)}", file=str(answer / "campaigns.parquet"), field="campaign")

    count = len(labels)
    guilty = labels["malicious"].to_numpy(zero_copy_only=False).astype(bool)
    flagged: Bools = np.zeros(count, dtype=bool)
    flagged[place] = np.array([bool(value) for value in found["flagged"].to_pylist()], dtype=bool)
    member = np.full(count, None, dtype=object)
    for row, name in enumerate(found["campaign"].to_pylist()):
        if name is not None and name not in set(raised):
            raise InputError(f"campaign '{name}' is not in campaigns.parquet", file=file, row=row, field="campaign")
        if flagged[place[row]]:
            member[place[row]] = name
    ranking: Floats = np.full(count, -np.inf)
    values = found["score"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    if np.isnan(values).any():
        raise InputError("not a number", file=file, row=int(np.argmax(np.isnan(values))), field="score")
    ranking[place] = values

    groups: dict[str, npt.NDArray[np.int64]] = {
        name: np.flatnonzero(member == name) for name in sorted(str(n) for n in raised)
    }
    bad = [name for name, inside in groups.items() if not len(inside) or guilty[inside].mean() <= 0.5]
    counted = np.array([name is not None and name not in bad for name in member]) & guilty
    truth = np.array(labels["campaign"].to_pylist(), dtype=object)
    per_campaign = tuple(_match(str(name), truth, counted, groups) for name in sorted(set(truth[guilty]) - {None}))
    kinds = np.array(labels["kind"].to_pylist(), dtype=object)
    fpr = {str(kind): float(flagged[(kinds == kind) & ~guilty].mean()) for kind in sorted(set(kinds[~guilty]))}
    worst = max(fpr, key=lambda kind: fpr[kind]) if fpr else None
    average_precision, auc = _rank(ranking, guilty, np.random.default_rng(seed))
    return Score(
        precision=float(guilty[flagged].mean()) if flagged.any() else 1.0,
        recall=float(counted[guilty].mean()) if guilty.any() else float("nan"),
        fpr=float(flagged[~guilty].mean()) if (~guilty).any() else 0.0,
        worst_kind=worst,
        worst_kind_fpr=fpr[worst] if worst else 0.0,
        mean_campaign_recall=float(np.mean([c.recall for c in per_campaign])) if per_campaign else float("nan"),
        campaigns=len(groups),
        true_campaigns=len(per_campaign),
        campaigns_recovered=sum(c.purity >= RECOVERED and c.completeness >= RECOVERED for c in per_campaign),
        false_campaigns=len(bad),
        average_precision=average_precision,
        auc=auc,
        per_campaign=per_campaign,
        fpr_by_kind=fpr,
    )


def _match(
    name: str, truth: npt.NDArray[np.object_], counted: Bools, groups: dict[str, npt.NDArray[np.int64]]
) -> CampaignScore:
    own = truth == name
    best, inside = None, 0
    for group, members in groups.items():
        if (shared := int(own[members].sum())) > inside:
            best, inside = group, shared
    size = int(own.sum())
    return CampaignScore(
        campaign=name,
        accounts=size,
        recall=float(counted[own].mean()),
        match=best,
        purity=inside / len(groups[best]) if best else 0.0,
        completeness=inside / size,
    )


def _rank(ranking: Floats, guilty: Bools, rng: np.random.Generator) -> tuple[float, float]:
    """(average precision, area under the ROC curve), ties in random order; NaN without both classes."""
    positives, total = int(guilty.sum()), len(guilty)
    if positives in (0, total):
        return float("nan"), float("nan")
    order = np.lexsort((rng.random(total), -ranking))
    hit = guilty[order]
    precision = np.cumsum(hit) / np.arange(1, total + 1)
    places = np.flatnonzero(hit)
    below = (total - 1 - places) - (positives - 1 - np.arange(positives))
    return float(precision[hit].mean()), float(below.sum() / (positives * (total - positives)))


def _read(path: Path, columns: tuple[str, ...]) -> pa.Table:
    if not path.is_file():
        raise InputError("no such file; a world comes from `range build`, an answer from `scan --out`", file=str(path))
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as cause:
        raise InputError("not a Parquet file", file=str(path)) from cause
    for name in columns:
        if name not in table.column_names:
            raise InputError("column missing", file=str(path), field=name)
    return table.select(columns)
