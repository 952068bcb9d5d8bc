"""A page on Amplify Hosting: its branches, its build, its addresses, and what browsers are told of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from support.guarantees.view import Properties, View

PAGE = ("/", "/tickets", "/tickets/1/", "/users/jane.doe", "/books/978-3.16")
FILES = ("/assets/index-Bx3.js", "/favicon.ico", "/runtime-config.json", "/.well-known/assetlinks.json", "/robots.txt")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PLATFORMS = {"static": "WEB", "server": "WEB_COMPUTE"}


def _apps(view: View) -> Iterator[tuple[Properties, dict[str, Any]]]:
    """Each app with what the blueprint says of it."""
    for _, app in view.of("Amplify::App"):
        yield app, view.blueprint["presentation"]


def pages_have_the_branches_of_the_blueprint(view: View) -> Iterator[str]:
    for app, said in _apps(view):
        if app["Platform"] != PLATFORMS[said["rendering"]]:
            yield f"the platform is {app['Platform']}"
        branches = {branch["BranchName"]: branch for _, branch in view.of("Amplify::Branch")}
        if set(branches) != {said["branch"], *(said["branches"] or {})}:
            yield f"there are the branches {sorted(branches)}"
        for name, branch in branches.items():
            if (branch["Stage"] == "PRODUCTION") != (name == said["branch"]):
                yield f"{name} is of the stage {branch['Stage']}"
            built = branch["EnablePullRequestPreview"], branch["EnableAutoBuild"]
            if built != (said["previews"], bool(said["repository"])):
                yield f"{name} is built or shown otherwise than the blueprint says"


def pages_know_their_stack(view: View) -> Iterator[str]:
    """By a variable of the branch: at the app it would close a circle with the sign-in, which names the app."""
    for app, said in _apps(view):
        for key, branch in view.of("Amplify::Branch"):
            variables = {each["Name"]: each["Value"] for each in branch["EnvironmentVariables"]}
            if variables.get("RUNTIME_CONFIG") != view.template["Outputs"]["RuntimeConfig"]["Value"]:
                yield f"{key} is told something else than the output RuntimeConfig says"
        if any(each["Name"] != "AMPLIFY_MONOREPO_APP_ROOT" for each in app.get("EnvironmentVariables", ())):
            yield "a variable stands at the app"
        if said["repository"]:
            (build,) = yaml.safe_load(app["BuildSpec"])["applications"]
            front = build["frontend"]
            commands = front["phases"]["build"]["commands"]
            place = "public" if said["rendering"] == "server" else front["artifacts"]["baseDirectory"]
            if not any(f'"$RUNTIME_CONFIG" >{place}/runtime-config.json' in command for command in commands):
                yield "the build writes no runtime-config.json"
            if build["appRoot"] != said["source"]:
                yield f"{build['appRoot']} is built"


def repositories_are_reached_by_a_secret(view: View) -> Iterator[str]:
    for app, said in _apps(view):
        tokens = {name: app[name] for name in ("AccessToken", "OauthToken") if name in app}
        wanted = "AccessToken" if "github.com" in app.get("Repository", "") else "OauthToken"
        if list(tokens) != ([wanted] if said["repository"] else []):
            yield f"the app has the tokens {sorted(tokens)}"
        if any(not re.fullmatch(r"\{\{resolve:secretsmanager:[^{}]+\}\}", token) for token in tokens.values()):
            yield "a token stands in clear"
        if "BasicAuthConfig" in app:
            yield "a password stands in the template"


def addresses_within_the_page_get_the_page(view: View) -> Iterator[str]:
    """And files that are missing are missing: a rule for all paths would answer a script with a page."""
    for app, said in _apps(view):
        rules = app.get("CustomRules", [])
        if len(rules) != (said["rendering"] == "static"):
            yield f"there are {len(rules)} rules"
        for rule in rules:
            pattern = re.compile(rule["Source"].removeprefix("</").removesuffix("/>"))
            if (rule["Target"], rule["Status"]) != ("/index.html", "200"):
                yield f"{rule['Target']} is given with {rule['Status']}"
            yield from (f"{path} does not get the page" for path in PAGE if not pattern.search(path))
            yield from (f"{path} gets the page" for path in FILES if pattern.search(path))


def browsers_are_told_what_a_page_may_do(view: View) -> Iterator[str]:
    for app, said in _apps(view):
        headers = app["CustomHeaders"]
        told = yaml.safe_load(headers if isinstance(headers, str) else headers["Fn::Sub"])
        if said["repository"]:
            (told,) = told["applications"]
        ((everywhere),) = told["customHeaders"]
        headers = {each["key"]: each["value"] for each in everywhere["headers"]}
        policy = headers.pop("Content-Security-Policy" + "-Report-Only" * (not said["content_security"]["enforce"]), "")
        if everywhere["pattern"] != "**/*" or not headers.pop("Strict-Transport-Security", "").startswith("max-age="):
            yield "browsers may come by HTTP"
        if headers != HEADERS:
            yield f"browsers are told {headers}"
        called = view.template["Outputs"]["RuntimeConfig"]["Value"]["Fn::Sub"]
        api = re.search(r'"apiUrl": "(https://[^/"]+)', called)
        if ("execute-api" not in policy) and (not api or api[1] not in policy):
            yield f"the page may not call its API: {policy}"


def servers_write_their_own_log_alone(view: View) -> Iterator[str]:
    for app, said in _apps(view):
        if ("IAMServiceRole" in app) != (said["rendering"] == "server"):
            yield "a role where Amplify needs none, or none where it needs one"
        for key, policy in view.of("IAM::RolePolicy"):
            writes, find = policy["PolicyDocument"]["Statement"]
            own = ":log-group:${SiteLogGroup}:" in writes["Resource"]["Fn::Sub"]
            if not own or find["Action"] != "logs:DescribeLogGroups":
                yield f"{key} allows more than this app's log"


GUARANTEES = (
    pages_have_the_branches_of_the_blueprint,
    pages_know_their_stack,
    repositories_are_reached_by_a_secret,
    addresses_within_the_page_get_the_page,
    browsers_are_told_what_a_page_may_do,
    servers_write_their_own_log_alone,
)
