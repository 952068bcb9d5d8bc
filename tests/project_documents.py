"""The project's documents, rendered with a context as complete as a blueprint can make it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tierforge.quoting import md, sh

TEMPLATES = Path(__file__).parents[1] / "templates" / "project"

FULL: dict[str, Any] = {
    "app": {
        "name": "box-office",
        "stack_name": "box-office",
        "region": "eu-west-1",
        "description": "Sells tickets | *fast*",
    },
    "functions": [
        {"name": "tickets", "folder": "functions/tickets", "output": "TicketsFunctionName"},
        {"name": "info", "folder": "functions/info", "output": "InfoFunctionName"},
    ],
    "downloads": [
        {
            "path": "functions/info/global-bundle.pem",
            "url": "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
        }
    ],
    "prefix_lists": [{"parameter": "DynamoDbPrefixListId", "service": "dynamodb"}],
    "migrations": [{"store": "info", "function_output": "InfoMigrateFunctionName"}],
    "routes": [{"method": "GET", "path": "/tickets", "access": "a signed-in user, own items only"}],
    "auth_notes": ["The access token, as `Authorization: Bearer …`"],
    "parameters": [{"name": "ArtifactBucket", "description": "Where the code is"}],
    "workers": [],
    "outputs": [{"name": "ApiUrl", "description": "Where the API answers"}],
    "costs": {
        "rows": [{"resource": "Database", "monthly": "24.82"}],
        "total": "24.82",
        "basis": "eu-west-1, prices of November 2026.",
    },
    "tests": ["python -m pytest functions/tickets"],
    "api": {
        "id_output": "RestApiId",
        "checks": "who is calling",
        "list": 'aws apigateway get-deployments --rest-api-id "$API"',
        "serve": "aws apigateway update-stage --stage-name prod",
    },
    "retained": [
        {
            "logical_id": "TicketsTable",
            "type": "DynamoDB table",
            "why": "It holds the tickets",
            "remove": ["aws dynamodb delete-table --table-name NAME"],
        }
    ],
}

BARE: dict[str, Any] = {
    **FULL,
    **{key: [] for key in FULL if key not in {"app", "functions", "api"}},
    "app": {**FULL["app"], "description": ""},
}


def render(name: str, context: dict[str, Any]) -> str:
    """The document of the template `name`."""
    environment = SandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
    )
    environment.filters.update(md=md, sh=sh)
    return environment.get_template(name).render(context)
