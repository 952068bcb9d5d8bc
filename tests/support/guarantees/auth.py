"""Whoever says who calls is asked for each token, by the API alone, and knows what it needs for that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from support.guarantees.view import Properties, View, arn_of, listed, ref
from tierforge.components import dig
from tierforge.model import Part, Route
from tierforge.names import pascal

SOURCES = {"header": "method.request.header.", "query": "method.request.querystring."}
SUB = "cognito-identity.amazonaws.com:sub"
OWN_ITEMS = {
    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"${{{SUB}}}"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
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
    api = {"rest": "RestApi", "http": "HttpApi"}.get(view.project.stack.api.name)
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
    for part in _signing(view):
        routes = [r for r in stack.routes if (r.auth.name, r.auth.id) == (part.name, part.id)]
        everybody = [route for route in routes if not route.members]
        opened = {f"{part.id}CallerPolicy": everybody} if everybody else {}
        for group in {group for route in routes for group in route.members}:
            opened[f"{part.id}{pascal(group)}MemberPolicy"] = [r for r in routes if group in r.members]
        for key, own in opened.items():
            (statement,) = view.properties(key)["PolicyDocument"]["Statement"]
            said = sorted(each["Fn::Sub"].rpartition("Api}/")[2] for each in statement["Resource"])
            wanted = sorted(f"{s.name}/{r.method}{re.sub(r'{[^}]*}', '*', r.path)}" for s in stack.stages for r in own)
            if said != wanted or statement["Action"] != "execute-api:Invoke":
                yield f"{key} opens {said}"
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


def members_have_the_role_of_their_group(view: View) -> Iterator[str]:
    """The user pool names it in the token, by the group and not by a text that another group's name may hold."""
    stack = view.project.stack
    for part in _signing(view):
        routes = [r for r in stack.routes if (r.auth.name, r.auth.id) == (part.name, part.id)]
        groups = {group for route in routes for group in route.members}
        everybody = [ref(f"{part.id}CallerPolicy")] if any(not route.members for route in routes) else []
        for stem in (f"{part.id}{pascal(group)}Member" for group in groups):
            if view.properties(f"{stem}Role")["ManagedPolicyArns"] != [*everybody, ref(f"{stem}Policy")]:
                yield f"{stem}Role may call other routes than those for everybody and for its group"
        named = {g["GroupName"]: g.get("RoleArn") for _, g in view.of("Cognito::UserPoolGroup")}
        for group in sorted(groups):
            if named.get(group) != arn_of(f"{part.id}{pascal(group)}MemberRole"):
                yield f"{group} has the role {named.get(group)}"
        for mapping in view.properties(f"{part.id}IdentityPoolRoles").get("RoleMappings", {}).values():
            if (mapping["Type"], mapping["AmbiguousRoleResolution"]) != ("Token", "AuthenticatedRole"):
                yield f"roles are told by {mapping['Type']}"
        if bool(view.properties(f"{part.id}IdentityPoolRoles").get("RoleMappings")) != bool(groups):
            yield f"members of {sorted(groups)} get no role of theirs, or get one without a reason"


def credentials_reach_own_data_alone(view: View) -> Iterator[str]:
    """Whatever users may do beside calling the API is on stores that the blueprint names, and on their part of them."""
    for part in _signing(view):
        key = f"{part.id}SignedInRole"
        policies = view.properties(key).get("Policies", ())
        statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
        for statement in statements:
            service = listed(statement["Action"])[0].partition(":")[0]
            pinned = {
                "s3": f"/${{!{SUB}}}/*" in str(statement["Resource"]) or _folder(statement).endswith(f"/${{{SUB}}}/*"),
                "dynamodb": statement.get("Condition") == OWN_ITEMS,
                "kms": "kms:ViaService" in str(statement.get("Condition")),
            }
            if not pinned.get(service):
                yield f"{key} may {statement['Action']} on what is somebody else's"
        for name, grant in (dig(part.options, "identity_pool.data_stores") or {}).items():
            own = [action for each in statements if pascal(name) in each["Sid"] for action in listed(each["Action"])]
            writing = any(re.search("Put|Delete|Write|Update", action) for action in own)
            if not own or writing != (grant.get("access") == "read-write"):
                yield f"{key} may {own} in {name}"


def _folder(statement: dict[str, Any]) -> str:
    """The prefix that a listing is narrowed to."""
    return str(statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", [""])[0])


def people_sign_in_where_the_blueprint_says(view: View) -> Iterator[str]:
    """Each identity provider is made before the client that offers it, and its secret is nowhere but in its vault."""
    made = dict(view.of("Cognito::UserPoolIdentityProvider"))
    for key, client in view.of("Cognito::UserPoolClient"):
        if client["GenerateSecret"]:
            continue  # `machines_are_no_users`
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


def machines_are_no_users(view: View) -> Iterator[str]:
    """Each program that the blueprint names has a client with its scopes, which nobody signs in with."""
    auth = next((part.options for part in view.project.stack.auths if "machine_clients" in part.options), {})
    said = {f"{pascal(name)}MachineClient": own for name, own in (auth.get("machine_clients") or {}).items()}
    made = {key: client for key, client in view.of("Cognito::UserPoolClient") if client["GenerateSecret"]}
    yield from (f"{key} is missing or too much" for key in sorted(said.keys() ^ made.keys()))
    for key in said.keys() & made.keys():
        client = made[key]
        if client["AllowedOAuthScopes"] != [{"Fn::Sub": f"${{ResourceServer}}/{name}"} for name in said[key]["scopes"]]:
            yield f"{key} may do {client['AllowedOAuthScopes']}"
        if client["AllowedOAuthFlows"] != ["client_credentials"] or client["ExplicitAuthFlows"] != [
            "ALLOW_REFRESH_TOKEN_AUTH"
        ]:
            yield f"{key} lets people sign in"
        if view.template["Outputs"][f"{key}Id"]["Value"] != ref(key):
            yield f"nobody is told the id of {key}"
    if re.search(r'[."]ClientSecret["}]', json.dumps(view.template)):
        yield "a client's secret leaves the user pool"


def a_user_pool_is_made_or_given(view: View) -> Iterator[str]:
    """Of one that stands already nothing is made, and the app is told which it is."""
    for part in view.project.stack.auths:
        given = part.options.get("existing")
        if not given:
            continue
        made = [
            key for key, resource in view.resources.items() if resource["Type"].startswith("AWS::Cognito::UserPool")
        ]
        yield from (f"{key} is made beside the user pool that stands already" for key in made)
        outputs = {name: said["Value"] for name, said in view.template["Outputs"].items()}
        told = {"UserPoolId": given["user_pool_id"], "UserPoolClientId": given["client_id"]}
        if given["login_url"]:
            told["LoginUrl"] = given["login_url"]
        if {name: value for name, value in outputs.items() if name in (*told, "LoginUrl")} != told:
            yield "the app is told of another user pool"


def user_pool_arn(auth: Part) -> Any:
    """The ARN of the user pool whose tokens are taken."""
    given = auth.options["existing"]
    if not given:
        return arn_of("UserPool")
    place = f"{given['user_pool_id'].split('_')[0]}:{given['account_id'] or '${AWS::AccountId}'}"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:cognito-idp:{place}:userpool/{given['user_pool_id']}"}


def user_pool_tokens(auth: Part) -> dict[str, Any]:
    """The issuer and the clients whose tokens an HTTP API takes."""
    given = auth.options["existing"]
    region, pool, client = "${AWS::Region}", "${UserPool}", ref("AppClient")
    if given:
        region, pool, client = given["user_pool_id"].split("_")[0], given["user_pool_id"], given["client_id"]
    machines = [ref(f"{pascal(name)}MachineClient") for name in sorted(auth.options["machine_clients"] or ())]
    issuer = {"Fn::Sub": f"https://cognito-idp.{region}.${{AWS::URLSuffix}}/{pool}"}
    return {"Issuer": issuer, "Audience": [client, *machines]}


def user_pool_scopes(route: Route) -> list[Any]:
    """The scopes that a route asks for; where there are none, a REST API takes ID tokens alone."""
    said = route.auth.options
    native = said["sign_in"] == "native"
    if (said["token"] or ("id" if native else "access")) == "id":
        return []
    if native:
        return ["aws.cognito.signin.user.admin"]
    scopes = route.scopes or (route.access,)
    if said["existing"]:
        return [f"{said['existing']['resource_server']}/{scope}" for scope in scopes]
    return [{"Fn::Sub": f"${{ResourceServer}}/{scope}"} for scope in scopes]


def _signing(view: View) -> list[Part]:
    return [part for part in view.project.stack.auths if "identity_pool" in part.component.data.get("options", {})]


def _asking_functions(view: View) -> list[Part]:
    return [part for part in view.project.stack.auths if part.component.data.get("functions")]


GUARANTEES = (
    authorizers_look_at_tokens,
    authorizers_are_asked_by_their_api_alone,
    authorizers_know_whose_tokens_are_good,
    credentials_open_signed_routes_alone,
    members_have_the_role_of_their_group,
    credentials_reach_own_data_alone,
    people_sign_in_where_the_blueprint_says,
    machines_are_no_users,
    a_user_pool_is_made_or_given,
)
