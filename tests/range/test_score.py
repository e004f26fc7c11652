from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InputError
from stillwatch.range import Score, score_answer


def write_world(folder: Path) -> None:
    """Two campaigns, 10 accounts `a*` and 6 `b*`, among 20 innocent accounts of two kinds."""
    rows = [(f"a{n}", "bulk", "bulk-1", True) for n in range(10)]
    rows += [(f"b{n}", "spike", "spike-2", True) for n in range(6)]
    rows += [(f"c{n}", "chat" if n < 15 else "batch", None, False) for n in range(20)]
    names, kinds, campaigns, malicious = zip(*rows, strict=True)
    table = pa.table(
        {"account": names, "kind": kinds, "campaign": pa.array(campaigns, pa.string()), "malicious": malicious}
    )
    pq.write_table(table, folder / "labels.parquet")


def write_answer(
    folder: Path, found: dict[str, str | None], listed: tuple[str, ...] = ("X", "Y"), **extra: float
) -> None:
    """`found`: flagged account -> campaign. `extra`: scores of other accounts, not flagged."""
    names = [*found, *extra]
    table = pa.table(
        {
            "account": pa.array(names, pa.string()),
            "score": pa.array([9.0] * len(found) + list(extra.values()), pa.float64()),
            "flagged": pa.array([True] * len(found) + [False] * len(extra), pa.bool_()),
            "campaign": pa.array([*found.values()] + [None] * len(extra), pa.string()),
        }
    )
    pq.write_table(table, folder / "accounts.parquet")
    pq.write_table(pa.table({"campaign": pa.array(listed, pa.string())}), folder / "campaigns.parquet")


def score(tmp_path: Path, found: dict[str, str | None], listed: tuple[str, ...] = ("X", "Y"), **extra: float) -> Score:
    write_world(tmp_path)
    answer = tmp_path / "answer"
    answer.mkdir(exist_ok=True)
    write_answer(answer, found, listed, **extra)
    return score_answer(tmp_path, answer)


PERFECT: dict[str, str | None] = {f"a{n}": "X" for n in range(10)} | {f"b{n}": "Y" for n in range(6)}


def test_a_perfect_answer(tmp_path: Path) -> None:
    result = score(tmp_path, PERFECT)
    assert (result.precision, result.recall, result.fpr, result.mean_campaign_recall) == (1, 1, 0, 1)
    assert (result.campaigns, result.campaigns_recovered, result.false_campaigns) == (2, 2, 0)
    assert (result.average_precision, result.auc) == (1, 1)
    assert {one.match for one in result.per_campaign} == {"X", "Y"}


def test_flagged_accounts_outside_campaigns_do_not_count_as_found(tmp_path: Path) -> None:
    result = score(tmp_path, dict.fromkeys(PERFECT), listed=())
    assert result.recall == 0
    assert result.precision == 1


def test_members_of_a_mostly_innocent_campaign_do_not_count_as_found(tmp_path: Path) -> None:
    everyone = PERFECT | {f"c{n}": None for n in range(20)}
    result = score(tmp_path, dict.fromkeys(everyone, "X"), listed=("X",))
    assert result.recall == 0
    assert result.false_campaigns == 1
    assert result.fpr == 1


def test_an_empty_campaign_is_false(tmp_path: Path) -> None:
    assert score(tmp_path, PERFECT, listed=("X", "Y", "Z")).false_campaigns == 1


def test_merged_campaigns_are_not_both_recovered(tmp_path: Path) -> None:
    result = score(tmp_path, dict.fromkeys(PERFECT, "X"), listed=("X",))
    assert result.recall == 1
    assert result.campaigns_recovered == 0


def test_false_positives_are_counted_by_kind(tmp_path: Path) -> None:
    result = score(tmp_path, PERFECT | {"c19": "X", "c18": None})
    assert result.fpr == pytest.approx(0.1)
    assert (result.worst_kind, result.worst_kind_fpr) == ("batch", pytest.approx(0.4))
    assert result.fpr_by_kind["chat"] == 0


def test_ties_earn_chance_and_nothing_more(tmp_path: Path) -> None:
    everyone = [*PERFECT, *(f"c{n}" for n in range(20))]
    write_world(tmp_path)
    write_answer(tmp_path, {}, (), **dict.fromkeys(everyone, 1.0))
    aucs = [score_answer(tmp_path, tmp_path, seed).auc for seed in range(60)]
    assert sum(aucs) / len(aucs) == pytest.approx(0.5, abs=0.05)


def test_accounts_left_out_rank_last(tmp_path: Path) -> None:
    assert score(tmp_path, {}, (), c0=0.1, c1=0.2).auc < 0.5


def test_gaming_and_broken_answers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not in this world"):
        score(tmp_path, PERFECT | {"stranger": "X"})
    with pytest.raises(InputError, match="listed twice"):
        score(tmp_path, PERFECT, listed=("X", "X", "Y"))
    with pytest.raises(InputError, match=r"not in campaigns\.parquet"):
        score(tmp_path, PERFECT, listed=("X",))
    with pytest.raises(InputError, match="not a number"):
        score(tmp_path, PERFECT, c0=float("nan"))
    answer = tmp_path / "answer"
    doubled = pq.read_table(answer / "accounts.parquet")
    pq.write_table(pa.concat_tables([doubled, doubled.slice(0, 1)]), answer / "accounts.parquet")
    with pytest.raises(InputError, match="stands in row 0 already"):
        score_answer(tmp_path, answer)
    pq.write_table(doubled.drop_columns(["flagged"]), answer / "accounts.parquet")
    with pytest.raises(InputError, match="column missing"):
        score_answer(tmp_path, answer)
    (answer / "accounts.parquet").unlink()
    with pytest.raises(InputError, match="no such file"):
        score_answer(tmp_path, answer)


def test_members_that_are_not_flagged_do_not_count(tmp_path: Path) -> None:
    write_world(tmp_path)
    write_answer(tmp_path, PERFECT)
    table = pq.read_table(tmp_path / "accounts.parquet")
    quiet = pa.array([name != "a0" and name[0] != "b" for name in table["account"].to_pylist()], pa.bool_())
    at = table.column_names.index("flagged")
    pq.write_table(table.set_column(at, "flagged", quiet), tmp_path / "accounts.parquet")
    result = score_answer(tmp_path, tmp_path)
    assert result.recall == pytest.approx(9 / 16)
    assert result.false_campaigns == 1  # nobody flagged is left in the other
