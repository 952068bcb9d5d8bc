"""A web application, row by row: a page on Amplify Hosting, users in Cognito, functions and tables by aspect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.acceptance import common, mobile_backend
from support.guarantees import amplify
from support.guarantees.view import View, arn_of, target

ORIGIN = "https://main.${SiteApp.DefaultDomain}"
ACTIONS = {"books": {"DeleteItem", "GetItem", "PutItem", "Query"}, "reviews": {"PutItem", "Query"}}


def w1_the_page_stands_on_amplify(view: View) -> Iterator[str]:
    ((_, app),) = view.of("Amplify::App")
    ((_, branch),) = view.of("Amplify::Branch")
    if (app["Platform"], branch["Stage"]) != ("WEB", "PRODUCTION"):
        yield f"{app['Platform']}, {branch['Stage']}"
    for row in (amplify.addresses_within_the_page_get_the_page, amplify.browsers_are_told_what_a_page_may_do):
        yield from row(view)


def w2_the_page_is_told_the_api_and_the_pool(view: View) -> Iterator[str]:
    yield from amplify.pages_know_their_stack(view)
    config = view.template["Outputs"]["RuntimeConfig"]["Value"]["Fn::Sub"]
    yield from (f"{name} is not told" for name in ("${RestApi}", "${UserPool}", "${AppClient}") if name not in config)


def w3_functions_stand_behind_paths_by_aspect(view: View) -> Iterator[str]:
    routes = {route.function for route in view.project.stack.routes}
    if routes != set(ACTIONS):
        yield f"routes are answered by {sorted(routes)}"
    for key, method in view.of("ApiGateway::Method"):
        if method["HttpMethod"] != "OPTIONS":
            access = "read" if method["HttpMethod"] == "GET" else "write"
            if method["AuthorizationType"] != "COGNITO_USER_POOLS":
                yield f"{key} is open to {method['AuthorizationType']}"
            if method["AuthorizationScopes"] != [{"Fn::Sub": f"${{ResourceServer}}/{access}"}]:
                yield f"{key} asks for {method['AuthorizationScopes']}"


def w4_users_sign_in_and_come_back_to_the_page(view: View) -> Iterator[str]:
    ((_, client),) = view.of("Cognito::UserPoolClient")
    if client["GenerateSecret"] or client["AllowedOAuthFlows"] != ["code"]:
        yield "the page would have to keep a secret"
    for name in ("CallbackURLs", "LogoutURLs"):
        if not all(url["Fn::Sub"].startswith(f"{ORIGIN}/") for url in client[name]):
            yield f"{name} are {client[name]}"
    for kind in ("UserPool", "UserPoolDomain", "ManagedLoginBranding", "UserPoolResourceServer"):
        if len(list(view.of(f"Cognito::{kind}"))) != 1:
            yield f"there is not one {kind}"
    ((_, pool),) = view.of("Cognito::UserPool")
    if "Schema" in pool or pool["UserPoolTier"] != "ESSENTIALS" or pool["UsernameAttributes"] != ["email"]:
        yield "the user pool can't be updated, has no sign-in pages or other names"


def w5_users_of_google_sign_in_too(view: View) -> Iterator[str]:
    ((key, provider),) = view.of("Cognito::UserPoolIdentityProvider")
    if provider["ProviderType"] != "Google":
        yield f"{key} is {provider['ProviderType']}"
    if not provider["ProviderDetails"]["client_secret"].startswith("{{resolve:secretsmanager:"):
        yield "a secret stands in clear"
    client = view.resources["AppClient"]
    if client["Properties"]["SupportedIdentityProviders"] != ["COGNITO", "Google"] or key not in client["DependsOn"]:
        yield "the client does not offer it, or may be made before it"


def w6_browsers_may_call_from_the_page_alone(view: View) -> Iterator[str]:
    asked = {target(m["ResourceId"]) for _, m in view.of("ApiGateway::Method") if m["HttpMethod"] == "OPTIONS"}
    if asked != {key for key, _ in view.of("ApiGateway::Resource")}:
        yield f"browsers may ask {sorted(asked)}"
    origins = set(re.findall(r"Access-Control-Allow-Origin': \{'Fn::Sub': \"'([^']+)'", str(view.resources)))
    if origins != {ORIGIN}:
        yield f"pages of {sorted(origins)} may call"
    for key, function in view.of("Lambda::Function"):
        if function["Environment"]["Variables"].get("ALLOWED_ORIGIN") != {"Fn::Sub": ORIGIN}:
            yield f"{key} answers pages of others"


def w7_functions_do_what_they_do_on_their_own_table(view: View) -> Iterator[str]:
    for name, actions in ACTIONS.items():
        stem = name.capitalize()
        statements = view.properties(f"{stem}Role")["Policies"][0]["PolicyDocument"]["Statement"]
        (use,) = (each for each in statements if each["Sid"] == f"Use{stem}Table")
        wanted = {f"dynamodb:{action}" for action in actions}
        if set(use["Action"]) != wanted or use["Resource"] != arn_of(f"{stem}Table"):
            yield f"{name} may {use['Action']} on {use['Resource']}"
        if any("dynamodb:" in str(each["Action"]) for each in statements if each is not use):
            yield f"{name} may use another table"


def w8_tables_keep_what_is_in_them(view: View) -> Iterator[str]:
    yield from common.tables_are_kept(view, "BooksTable", "ReviewsTable")


# The users' pool, its pages and the authorizer are those of a mobile backend.
SAME = (
    mobile_backend.m1_users_have_a_pool_that_can_be_updated,
    mobile_backend.m3_people_sign_in_at_managed_login,
    mobile_backend.m4_tokens_of_the_pool_are_asked_for,
)
ROWS = (*SAME, *(value for name, value in sorted(globals().items()) if re.match(r"w\d+_", name)))
