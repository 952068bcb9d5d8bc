"""Each pattern in an account of AWS, from its first deploy to its end. Opt-in: see README.md beside this file."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import pytest

from support.journey import BLUEPRINTS, Journey
from support.journey_services import Services

PROFILE = os.environ.get("TIERFORGE_AWS_PROFILE", "")
ZONE = os.environ.get("TIERFORGE_AWS_ZONE", "")
REGION = os.environ.get("TIERFORGE_AWS_REGION", "us-east-1")
PATTERNS = sorted(path.stem for path in BLUEPRINTS.glob("*.yaml"))


@pytest.mark.skipif(not PROFILE, reason="deploys to AWS: say whose account, TIERFORGE_AWS_PROFILE=<profile>")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_lives_and_goes(pattern: str, tmp_path: Path) -> None:
    name = f"t-{pattern}-{secrets.token_hex(3)}"
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "AWS_PROFILE": PROFILE, "PATH": programs}
    kind = Services if pattern == "microservices" else Journey
    kind(tmp_path, pattern, name, REGION, environment, zone=ZONE).travel()
