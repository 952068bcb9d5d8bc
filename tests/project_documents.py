"""The project's documents, rendered with a context as complete as a blueprint can make it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tierforge.quoting import md, sh

TEMPLATES = Path(__file__).parents[1] / "templates"

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
    "release_parts": [
        {"parameter": "TicketsVersion", "output": "TicketsFunctionName"},
        {"parameter": "InfoVersion", "output": "InfoFunctionName"},
    ],
    "targets": [
        {
            "environment": "",
            "stack_name": "box-office",
            "template": "template.yaml",
            "region": "eu-west-1",
            "account_id": "",
            "guarded": False,
            "of_roles": {"permissions_boundary": None, "role_path": None},
            "stages": [],
            "moving": False,
            "canaries": False,
            "images": False,
            "companions": [],
            "clients": True,
            "samples": True,
            "scripts": [],
        }
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
    "service": "",
    "shared": False,
    "api_notes": ["The API answers under its domain only."],
    "auth_notes": ["The access token, as `Authorization: Bearer …`"],
    "parameters": [{"name": "ArtifactBucket", "description": "Where the code is"}],
    "page": "web",
    "workers": [],
    "key": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/0123", "policy": '{"Version": "2012-10-17"}'},
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
        "serves": 'aws apigateway get-stage --rest-api-id "$api" --query deploymentId --output text --stage-name',
    },
    "languages": [
        {
            "needs": "Python 3.11",
            "failures": [{"says": "no wheel", "means": "a dependency has no build for Lambda", "do": "pin another"}],
        }
    ],
    "otherwise": [
        {
            "folder": "functions/info-migrate",
            "language": "Python",
            "runtime": "python3.14",
            "asked": "Node.js",
            "by": "store rds",
        }
    ],
    "guides": [{"name": "tickets", "text": "**The way back.** A second table:\n\n```sh\noutput TicketsTableName\n```"}],
    "filled": [{"logical_id": "SiteBucket", "type": "bucket", "empty": ["aws s3api delete-objects --bucket NAME"]}],
    "retained": [
        {
            "logical_id": "TicketsTable",
            "type": "DynamoDB table",
            "why": "It holds the tickets",
            "remove": ["aws dynamodb delete-table --table-name NAME"],
        },
        {
            "logical_id": "PlayersCluster",
            "type": "MemoryDB cluster",
            "why": "It holds the players",
            "placed": True,
            "remove": ["aws memorydb delete-cluster --cluster-name NAME"],
        },
    ],
}

BARE: dict[str, Any] = {
    **FULL,
    **{key: [] for key in FULL if key not in {"app", "functions", "api", "targets"}},
    "app": {**FULL["app"], "description": ""},
    "page": "",
    "targets": [{**FULL["targets"][0], "clients": False, "samples": False}],
}

# Two stages that releases are moved between, the second with a canary; and one stage with a canary.
STAGES: dict[str, Any] = {
    **FULL,
    "migrations": [],
    "downloads": [],
    "prefix_lists": [],
    "targets": [
        {
            **FULL["targets"][0],
            "stages": [
                {"name": "dev", "alias": "dev", "moved": False, "percent": 0, "prefix": "Dev"},
                {"name": "prod", "alias": "prod", "moved": True, "percent": 20, "prefix": "Prod"},
            ],
            "moving": True,
            "canaries": True,
        }
    ],
}
CANARY: dict[str, Any] = {
    **STAGES,
    "targets": [
        {
            **FULL["targets"][0],
            "stages": [{"name": "prod", "alias": "live", "moved": False, "percent": 10, "prefix": ""}],
            "canaries": True,
        }
    ],
}
# An organisation that bounds every role.
GUARDED: dict[str, Any] = {
    **FULL,
    "targets": [
        {
            **FULL["targets"][0],
            "guarded": True,
            "of_roles": {"permissions_boundary": "arn:aws:iam::111122223333:policy/edge", "role_path": "/apps/"},
        }
    ],
}
ENVIRONMENTS: dict[str, Any] = {
    **FULL,
    "targets": [
        {
            **FULL["targets"][0],
            "environment": "dev",
            "stack_name": "box-office-dev",
            "account_id": "111122223333",
        },
        {
            **CANARY["targets"][0],
            "environment": "prod",
            "stack_name": "box-office-prod",
            "region": "eu-central-1",
            "account_id": "444455556666",
        },
    ],
}


def render(name: str, context: dict[str, Any]) -> str:
    """The document of the template `name`."""
    return _environment().get_template(f"project/{name}").render(context)


@cache
def _environment() -> SandboxedEnvironment:
    made = SandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
    )
    made.filters.update(md=md, sh=sh)
    return made
