"""An emulated AWS in the process, and the variables that Lambda and the template give a function."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from moto import mock_aws

# What AWS's services look like is read once, not by every session of every test.
botocore.session.create_loader = cache(botocore.session.create_loader)


@pytest.fixture
def lambda_variables(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every function finds in its environment, whatever it does."""
    variables = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "testing",
        # Powertools keeps a logger, with the output it had, by the name of its service.
        "POWERTOOLS_SERVICE_NAME": request.node.name,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def aws(lambda_variables: None) -> Iterator[None]:
    """moto in place of AWS for as long as the test runs."""
    with mock_aws():
        yield
