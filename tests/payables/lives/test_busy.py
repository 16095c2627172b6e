"""Busy lives of every kind, by seed: no figure is lost or told twice, and everything comes to rest."""

from __future__ import annotations

import pytest
import seeded
from payables.lives import busy

SAMPLE = 12

pytestmark = pytest.mark.timeout(0)


def test_busy_lives_stay_true() -> None:
    named = (
        (f"seed {seed}, {kind}", lambda k=kind, s=seed: busy.stays_true(*busy.drawn(k, s)))
        for seed in seeded.seeds("LIVES", SAMPLE)
        for kind in busy.KINDS
    )
    seeded.trying(named, replay="replay one with `make lives LIVES_SEED=n`")
