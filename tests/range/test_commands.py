from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from stillwatch.cli import cli
from stillwatch.errors import UsageError


def test_build_and_score(tmp_path: Path) -> None:
    world, answer = tmp_path / "world", tmp_path / "answer"
    made = CliRunner().invoke(
        cli,
        [
            "range",
            "build",
            "--preset",
            "demo",
            "--accounts",
            "200",
            "--exchanges",
            "2500",
            "--out",
            str(world),
            "--json",
        ],
    )
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout.strip().splitlines()[-1])
    assert facts["accounts"] > 150
    assert set(facts["cheap_wins"]) >= {"auc", "worst_auc", "union_find_fpr", "union_find_recall"}
    labels = pq.read_table(world / "labels.parquet").to_pylist()
    answer.mkdir()
    pq.write_table(
        pa.table(
            {
                "account": [row["account"] for row in labels],
                "score": [float(row["malicious"]) for row in labels],
                "flagged": [row["malicious"] for row in labels],
                "campaign": pa.array([row["campaign"] for row in labels], pa.string()),
            }
        ),
        answer / "accounts.parquet",
    )
    listed = sorted({row["campaign"] for row in labels} - {None})
    pq.write_table(pa.table({"campaign": listed}), answer / "campaigns.parquet")
    scored = CliRunner().invoke(cli, ["range", "score", str(world), str(answer), "--json"])
    assert scored.exit_code == 0, scored.output
    figures = json.loads(scored.stdout)
    assert (figures["precision"], figures["recall"], figures["campaigns_recovered"]) == (1.0, 1.0, len(listed))
    table = CliRunner().invoke(cli, ["range", "score", str(world), str(answer)])
    assert "mean_campaign_recall" in table.output


def test_help_teaches_by_example() -> None:
    for command in ("build", "score"):
        text = CliRunner().invoke(cli, ["range", command, "--help"]).output
        assert "Example" in text
        assert "stillwatch range" in text


def test_kinds_are_listed() -> None:
    text = CliRunner().invoke(cli, ["range", "kinds"]).output
    assert "classroom" in text
    assert "hydra" in text


def test_sizes_are_given_by_kind(tmp_path: Path) -> None:
    asked = ["--accounts", "150", "--exchanges", "1500", "--no-check", "--json", "--out", str(tmp_path)]
    kind = ["--campaign", "spike", "--size", "spike=40", "--requests", "spike=4", "--without-source", "arena"]
    made = CliRunner().invoke(cli, ["range", "build", "--preset", "demo", *asked, *kind])
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout.strip().splitlines()[-1])
    assert facts["campaigns"] == {"spike-1": 40}
    assert facts["spec"]["without_sources"] == ["arena"]
    wrong = CliRunner().invoke(cli, ["range", "build", *asked, "--size", "spike"])
    assert isinstance(wrong.exception, UsageError)
    assert "spike=5000" in str(wrong.exception)
