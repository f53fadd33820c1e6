"""What several suites share: the model of the repository's own data, trained once a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from bots.settings import DATA
from nlu.ensure import ensure_model

# How long an example takes says something of the machine, not of the code.
settings.register_profile("switchboard", deadline=None)
settings.load_profile("switchboard")


@pytest.fixture(scope="session")
def real_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `var` folder that holds nothing but that model; only read it."""
    # Processes that share the run share its parent folder: the first trains, the others wait.
    shared = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    var = (base.parent if shared else base) / "real-model"
    ensure_model(DATA, var, lambda step, done: None)
    return var
