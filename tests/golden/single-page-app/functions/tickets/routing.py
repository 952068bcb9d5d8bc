"""How Powertools finds the function of a route in the event of a REST API (payload 1.0)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

app = APIGatewayRestResolver()


def by_route(event: dict[str, Any]) -> dict[str, Any]:
    """`event` with the path of the route that API Gateway has matched, `/tickets/{id}`.

    The path that was typed may carry a base path, and characters that a pattern would stumble over.
    """
    return {**event, "path": event["resource"]}
