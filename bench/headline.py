"""The headline campaign on a laptop: 16 M exchanges of 24,000 accounts inside 48 M of 400,000 customers, as Parquet.

Three campaigns, one of them a reseller's pool of 20,000 accounts of which 70 % of the traffic is innocent. Shows the
time of a scan beside that of a trivial DuckDB pass over the same file (median of three fresh processes each, taken in
turn, on two cores), by stage and in CPU seconds too, its peak memory, what it found, and the rate of the text pass
alone on one core at prompts of 400 characters.

Takes about ten minutes on two cores, and five more the first time to stream its world of 8 GB, which is kept; --small,
a hundredth of it, under a minute.
"""

from __future__ import annotations

import json
import shutil

from bench.timed import child, compare
from bench.worlds import Options, score_figures, streamed, tiny_world

SMALL, TEXT = 0.01, 1 / 64  #: scale of the reduced world, and of the one that the text pass reads


def measure(options: Options) -> dict[str, float]:
    place, warm = streamed(options, scale=SMALL if options.small else 1.0), tiny_world()
    answer = place.with_name(f"{place.name}.answer")
    shutil.rmtree(answer, ignore_errors=True)
    taken = compare(place, warm, repeats=1 if options.small else 3, out=answer)
    facts = json.loads((answer / "scan.json").read_text(encoding="utf-8"))
    text = child("text", streamed(options, scale=SMALL if options.small else TEXT), warm)
    return (
        {"exchanges": facts["counts"]["exchanges"], "accounts": facts["counts"]["accounts"]}
        | taken
        | score_figures(place, answer)
        | {"text_pass_per_second_per_core": text["rows"] / text["seconds"]}
    )
