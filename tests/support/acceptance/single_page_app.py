"""A single-page application, row by row: a page behind CloudFront, tokens of a third party, a cache before a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.acceptance import common
from support.guarantees import presentation
from support.guarantees.view import View, arn_of, listed, target

ORIGIN = "https://www.box-office.example.com"
ROUTES = {"/tickets": "GET POST", "/tickets/{id}": "GET PUT DELETE", "/shows": "GET", "/shows/{id}": "GET"}
ROUTES |= {"/info": "GET", "/info/{id}": "GET"}


def s01_the_page_is_in_a_bucket_that_its_distribution_reads(view: View) -> Iterator[str]:
    yield from presentation.buckets_of_pages_are_read_by_their_distribution_alone(view)
    for key in ("SiteBucket", "SiteLogBucket"):
        blocked = view.properties(key).get("PublicAccessBlockConfiguration", {})
        if len(blocked) != 4 or not all(blocked.values()):
            yield f"{key} is not private"


def s02_the_distribution_serves_the_page(view: View) -> Iterator[str]:
    ((key, config),) = presentation.distributions(view)
    if config["HttpVersion"] != "http2and3" or config["DefaultRootObject"] != "index.html":
        yield f"{key} is of another kind"
    for row in (
        presentation.connections_to_pages_are_encrypted,
        presentation.errors_of_apis_are_not_made_pages,
        presentation.functions_at_the_edge_are_live,
        presentation.browsers_are_told_what_pages_may_do,
    ):
        yield from row(view)


def s03_the_name_of_the_page_leads_to_it(view: View) -> Iterator[str]:
    yield from presentation.names_of_pages_lead_to_their_distribution(view)


def s04_an_authorizer_is_asked_by_token_method_and_path(view: View) -> Iterator[str]:
    ((key, authorizer),) = view.of("ApiGateway::Authorizer")
    sources = {each.strip() for each in authorizer["IdentitySource"].split(",")}
    wanted = {"method.request.header.Authorization", "context.httpMethod", "context.resourcePath"}
    if authorizer["Type"] != "REQUEST" or sources != wanted or authorizer["AuthorizerResultTtlInSeconds"] != 300:
        yield f"{key} is asked by {sorted(sources)}"


def s05_the_authorizer_reads_tokens_and_nothing_else(view: View) -> Iterator[str]:
    variables = view.properties("AuthorizerFunction")["Environment"]["Variables"]
    wanted = {"OIDC_ISSUER", "OIDC_JWKS_URI", "OIDC_AUDIENCE", "ALLOWED_ALGORITHMS"}
    if missing := wanted - variables.keys():
        yield f"the authorizer is not told {sorted(missing)}"
    statements = view.properties("AuthorizerRole")["Policies"][0]["PolicyDocument"]["Statement"]
    services = {action.partition(":")[0] for each in statements for action in listed(each["Action"])}
    if services != {"logs", "xray"}:
        yield f"the authorizer may call {sorted(services)}"
    sources = [str(said.get("SourceArn")) for _, said in view.of("Lambda::Permission")]
    if sum("/authorizers/${Authorizer}" in source for source in sources) != 1:
        yield "others than the API's authorizer may call the function"


def s06_routes_are_those_of_the_table(view: View) -> Iterator[str]:
    yield from common.routes_are(view, ROUTES)
    for key, method in view.of("ApiGateway::Method"):
        wanted = "NONE" if method["HttpMethod"] == "OPTIONS" else "CUSTOM"
        if method["AuthorizationType"] != wanted:
            yield f"{key} is open to {method['AuthorizationType']}"


def s07_browsers_may_call_from_the_page_alone(view: View) -> Iterator[str]:
    asked = {target(m["ResourceId"]) for _, m in view.of("ApiGateway::Method") if m["HttpMethod"] == "OPTIONS"}
    if asked != {key for key, _ in view.of("ApiGateway::Resource")}:
        yield f"browsers may ask {sorted(asked)}"
    answered = {m["Integration"]["Type"] for _, m in view.of("ApiGateway::Method") if m["HttpMethod"] == "OPTIONS"}
    if answered != {"MOCK"}:
        yield f"browsers are answered by {sorted(answered)}"
    header = "gatewayresponse.header.Access-Control-Allow-Origin"
    for key, answer in view.of("ApiGateway::GatewayResponse"):
        if answer["ResponseParameters"].get(header) != f"'{ORIGIN}'":
            yield f"{key} is not for the page"


def s08_functions_do_what_they_do_on_their_own_store(view: View) -> Iterator[str]:
    for name, sid in (("Tickets", "TicketsTable"), ("Shows", "ShowsTable")):
        statements = view.properties(f"{name}Role")["Policies"][0]["PolicyDocument"]["Statement"]
        (use,) = (each for each in statements if each["Sid"] == f"Use{sid}")
        if use["Resource"] != arn_of(sid) or ("dynamodb:PutItem" in use["Action"]) != (name == "Tickets"):
            yield f"{name} may {use['Action']} on {use['Resource']}"
    shows = view.properties("ShowsRole")["Policies"][0]["PolicyDocument"]["Statement"]
    if not any("elasticache:Connect" in listed(each["Action"]) for each in shows):
        yield "Shows can't sign in to its cache"
    if "VpcConfig" not in view.properties("ShowsFunction"):
        yield "Shows does not reach its cache"
    info = view.properties("InfoRole")["Policies"][0]["PolicyDocument"]["Statement"]
    of_objects = [each for each in info if "s3:GetObject" in listed(each["Action"])]
    if not any("/info/*" in str(each["Resource"]) for each in of_objects):
        yield "Info reads other objects than its own"


def s09_tables_and_the_bucket_keep_what_is_in_them(view: View) -> Iterator[str]:
    yield from common.tables_are_kept(view, "TicketsTable", "ShowsTable")
    blocked = view.properties("ContentBucket")["PublicAccessBlockConfiguration"]
    if len(blocked) != 4 or not all(blocked.values()):
        yield "objects are open to everybody"
    if view.properties("ContentBucket").get("VersioningConfiguration") != {"Status": "Enabled"}:
        yield "objects that are replaced are gone"


def s10_a_cache_stands_before_the_shows(view: View) -> Iterator[str]:
    ((key, cache),) = view.of("ElastiCache::ServerlessCache")
    if cache["Engine"] != "valkey" or len(cache["SubnetIds"]) < 2 or not cache["SecurityGroupIds"]:
        yield f"{key} is another cache"
    users = [user["AuthenticationMode"]["Type"] for _, user in view.of("ElastiCache::User")]
    if "iam" not in users or len(list(view.of("ElastiCache::UserGroup"))) != 1:
        yield f"{key} is entered as {users}"
    variables = view.properties("ShowsFunction")["Environment"]["Variables"]
    wanted = {f"SHOWS_CACHE_{name}" for name in ("HOST", "PORT", "NAME", "USER", "TTL_SECONDS")}
    if missing := wanted - variables.keys():
        yield f"Shows is not told {sorted(missing)}"


def s11_what_the_cache_lacks_comes_from_the_table(view: View) -> Iterator[str]:
    gateways = {k: said for k, said in view.of("EC2::VPCEndpoint") if said["VpcEndpointType"] == "Gateway"}
    if len(gateways) != 1 or not all("dynamodb" in str(said["ServiceName"]) for said in gateways.values()):
        yield f"the way to the table leads through {sorted(gateways)}"
    for key, said in gateways.items():
        text = str(said["PolicyDocument"])
        if "ShowsRole" not in text or "ShowsTable" not in text or "TicketsTable" in text:
            yield f"{key} lets others than Shows to other tables than its own"


def s12_what_cloudfront_wants_is_in_us_east_1(view: View) -> Iterator[str]:
    edges = [each for each in view.project.companions if each.blueprint.region == "us-east-1"]
    made = {r["Type"] for each in edges for r in each.template.data["Resources"].values()}
    if not {"AWS::CertificateManager::Certificate", "AWS::WAFv2::WebACL"} <= made:
        yield f"there stand {sorted(made)}"
    for each in edges:
        for row in presentation.EDGE:
            yield from row(View(each.template.data, each))
    yield from presentation.firewalls_of_pages_are_those_of_the_blueprint(view)


ROWS = tuple(value for name, value in sorted(globals().items()) if re.match(r"s\d+_", name))
