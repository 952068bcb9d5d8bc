"""Whoever says who calls is asked for each token, by the API alone, and knows what it needs for that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.guarantees.view import Properties, View, ref
from tierforge.model import Part

SOURCES = {"header": "method.request.header.", "query": "method.request.querystring."}
CONTEXT = ["context.httpMethod", "context.resourcePath"]


def authorizers_look_at_tokens(view: View) -> Iterator[str]:
    """What an answer is kept for holds the token, and for all but TOKEN authorizers the method too."""
    for part in _asking_functions(view):
        authorizer = view.properties(f"{part.id}Authorizer")
        if view.project.stack.api.name != "rest":
            yield from _http_faults(part, authorizer)
            continue
        said = part.options["identity_sources"] or ["header.Authorization"]
        sources = [SOURCES[kind] + name for kind, _, name in (source.partition(".") for source in said)]
        wanted = sources if part.options["type"] == "token" else sources + CONTEXT
        if authorizer.get("Type") != part.options["type"].upper() or authorizer["IdentitySource"] != ", ".join(wanted):
            yield f"{part.id}Authorizer keeps what it knows for {authorizer.get('IdentitySource')}"
        if authorizer.get("AuthorizerResultTtlInSeconds") != part.options["ttl_seconds"]:
            yield f"{part.id}Authorizer keeps what it knows for too long"
        if f"${{{part.id}AuthorizerAlias}}" not in authorizer["AuthorizerUri"]["Fn::Sub"]:
            yield f"{part.id}Authorizer asks something else than its function's alias"


def _http_faults(part: Part, authorizer: Properties) -> Iterator[str]:
    said = part.options["identity_sources"] or ["header.Authorization"]
    places = {"header": "$request.header.", "query": "$request.querystring."}
    sources = [places[kind] + name for kind, _, name in (source.partition(".") for source in said)]
    if authorizer.get("IdentitySource") != [*sources, "$context.routeKey"]:
        yield f"{part.id}Authorizer keeps what it knows for {authorizer.get('IdentitySource')}"
    form = [authorizer.get(name) for name in ("AuthorizerPayloadFormatVersion", "EnableSimpleResponses")]
    if form != ["2.0", True] or authorizer["AuthorizerResultTtlInSeconds"] != part.options["ttl_seconds"]:
        yield f"{part.id}Authorizer is not asked as its code answers"


def authorizers_are_asked_by_their_api_alone(view: View) -> Iterator[str]:
    api = {"rest": "RestApi", "http": "HttpApi"}[view.project.stack.api.name]
    start = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/authorizers/"
    for part in _asking_functions(view):
        permission = view.properties(f"{part.id}AuthorizerPermission")
        said = (permission.get("FunctionName"), permission.get("SourceArn"), permission.get("Principal"))
        own = f"{part.id}Authorizer"  # in an OpenAPI document it has no id that a template could name
        source = {"Fn::Sub": start + (f"${{{own}}}" if own in view.written else "*")}
        if said != (ref(f"{part.id}AuthorizerAlias"), source, "apigateway.amazonaws.com"):
            yield f"{part.id}Authorizer may be asked by {said}"


def authorizers_know_whose_tokens_are_good(view: View) -> Iterator[str]:
    for part in _asking_functions(view):
        variables = view.properties(f"{part.id}AuthorizerFunction")["Environment"]["Variables"]
        needed = {
            "jwt": ("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URI", "ALLOWED_ALGORITHMS"),
            "introspection": ("INTROSPECTION_URL", "INTROSPECTION_CLIENT_ID", "INTROSPECTION_SECRET_NAME"),
            "saml": ("SAML_ENTITY_ID", "SAML_AUDIENCE"),
        }[part.facts["variant"]]
        yield from (f"{part.id}AuthorizerFunction lacks {name}" for name in needed if not variables.get(name))
        if any(name.startswith(("HS", "none")) for name in variables.get("ALLOWED_ALGORITHMS", "").split(",")):
            yield f"{part.id}AuthorizerFunction takes tokens that anybody can sign"
        for name in ("OIDC_ISSUER", "OIDC_JWKS_URI", "INTROSPECTION_URL"):
            if not variables.get(name, "https://").startswith("https://"):
                yield f"{part.id}AuthorizerFunction reads {name} in clear"


def credentials_open_signed_routes_alone(view: View) -> Iterator[str]:
    """Whoever gets credentials may call exactly the routes that ask for signed requests, and is no guest."""
    stack = view.project.stack
    signing = [part for part in stack.auths if "identity_pool" in part.component.data.get("options", {})]
    for part in signing:
        (statement,) = view.properties(f"{part.id}CallerPolicy")["PolicyDocument"]["Statement"]
        said = sorted(each["Fn::Sub"].rpartition("Api}/")[2] for each in statement["Resource"])
        own = [r for r in stack.routes if (r.auth.name, r.auth.id) == (part.name, part.id)]
        wanted = sorted(f"{s.name}/{r.method}{re.sub(r'{[^}]*}', '*', r.path)}" for s in stack.stages for r in own)
        if said != wanted or statement["Action"] != "execute-api:Invoke":
            yield f"{part.id}CallerPolicy opens {said}"
    for key, pool in view.of("Cognito::IdentityPool"):
        providers = pool["CognitoIdentityProviders"]
        if pool["AllowUnauthenticatedIdentities"] is not False or pool["AllowClassicFlow"] is not False:
            yield f"{key} gives guests credentials, or any role that a client names"
        if not all(provider["ServerSideTokenCheck"] for provider in providers):
            yield f"{key} gives credentials to users who were signed out"
    for key, role in view.of("IAM::Role"):
        for trust in role["AssumeRolePolicyDocument"]["Statement"]:
            if "Federated" in trust["Principal"]:
                conditions = trust.get("Condition", {})
                pinned = conditions.get("StringEquals", {}).get("cognito-identity.amazonaws.com:aud", {})
                known = conditions.get("ForAnyValue:StringLike", {}).get("cognito-identity.amazonaws.com:amr")
                if view.kind(pinned.get("Ref", "")) != "Cognito::IdentityPool" or known != "authenticated":
                    yield f"{key} trusts other pools, or guests"


def people_sign_in_where_the_blueprint_says(view: View) -> Iterator[str]:
    """Each identity provider is made before the client that offers it, and its secret is nowhere but in its vault."""
    made = dict(view.of("Cognito::UserPoolIdentityProvider"))
    for key, client in view.of("Cognito::UserPoolClient"):
        offered = set(client.get("SupportedIdentityProviders", ["COGNITO"])) - {"COGNITO"}
        if offered != {provider["ProviderName"] for provider in made.values()}:
            yield f"{key} offers {sorted(offered)}"
        if set(made) - set(view.resources[key].get("DependsOn", [])):
            yield f"{key} does not wait for the identity providers that it offers"
    for key, provider in made.items():
        for name in ("client_secret", "private_key"):
            if (
                not provider["ProviderDetails"]
                .get(name, "{{resolve:secretsmanager:")
                .startswith("{{resolve:secretsmanager:")
            ):
                yield f"{key} has its {name} in clear"


def _asking_functions(view: View) -> list[Part]:
    return [part for part in view.project.stack.auths if part.component.data.get("functions")]


GUARANTEES = (
    authorizers_look_at_tokens,
    authorizers_are_asked_by_their_api_alone,
    authorizers_know_whose_tokens_are_good,
    credentials_open_signed_routes_alone,
    people_sign_in_where_the_blueprint_says,
)
