"""`python -m bench.elicit [--prompts FOLDER]`: train the elicitation classifier and write it into the package.

Takes one to six minutes on one core: seven fits of some 300,000 prompts. Needs the extra `bench`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np

import stillwatch.profile.elicitation
from bench.elicit.fit import train
from bench.worlds import SHARED_PROMPTS
from stillwatch.errors import StillwatchError

PLACE = Path(stillwatch.profile.elicitation.__file__).with_name("weights.npz")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--prompts", type=click.Path(path_type=Path), default=SHARED_PROMPTS, help="Folder of public prompts.")
@click.option("--out", type=click.Path(path_type=Path), default=PLACE, help="File to write; the package's by default.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(prompts: Path, out: Path, seed: int) -> None:
    """Train on everything: figures on what it hasn't seen come from `python -m bench elicitation`."""
    model = train(prompts, seed=seed)
    numbers = {name: np.float64(getattr(model, name)) for name in ("scale", "bias", "threshold", "rate")}
    np.savez_compressed(out, weights=model.weights, **numbers)
    click.echo(f"{out}: {out.stat().st_size:,} bytes; threshold {model.threshold:.3f} at {model.rate:.1%}", err=True)


if __name__ == "__main__":
    try:
        main(prog_name="python -m bench.elicit")
    except StillwatchError as error:
        sys.exit(f"bench.elicit: {error}")
