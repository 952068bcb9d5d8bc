"""The API is reached by the roads that the blueprint names, and by no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from support.guarantees.view import Properties, View, arn_of, frozen, listed, ref, strings

EVERYTHING = "execute-api:/*"


def only_whom_the_blueprint_names_gets_in(view: View) -> Iterator[str]:
    said = view.blueprint["api"]
    for key, api in view.of("ApiGateway::RestApi"):
        if api["EndpointConfiguration"]["Types"] != [said["endpoint"].upper()]:
            yield f"{key} is {api['EndpointConfiguration']['Types']}"
        statements = api.get("Policy", {}).get("Statement", [])
        refused = [s["Condition"] for s in statements if s["Effect"] == "Deny" and s["Resource"] == EVERYTHING]
        if refused != ([_unless(view)] if said["endpoint"] == "private" or said["allow_cidrs"] else []):
            yield f"{key} refuses {refused}"
        yield from _grant_faults(key, [s for s in statements if s["Effect"] == "Allow"], view)


def _unless(view: View) -> dict[str, dict[str, list[object]]]:
    """What has to be true of a request for the policy to refuse it."""
    said = view.blueprint["api"]
    if said["endpoint"] != "private":
        return {"NotIpAddress": {"aws:SourceIp": said["allow_cidrs"]}}
    private = said["private"] or {}
    made = [ref(key) for key, e in view.of("EC2::VPCEndpoint") if e["ServiceName"]["Fn::Sub"].endswith("execute-api")]
    sources = {
        "aws:SourceVpce": private.get("vpc_endpoint_ids") or made,
        "aws:SourceVpc": private.get("vpc_ids", []),
    }
    return {"StringNotEquals": {key: values for key, values in sources.items() if values}}


def _grant_faults(key: str, grants: list[Properties], view: View) -> Iterator[str]:
    """Of requests that are signed, a grant to everybody would be enough: no own policy would be asked."""
    stack = view.project.stack
    signed = [
        f"execute-api:/{stage.name}/{route.method}{re.sub(r'{.*?}', 'x', route.path)}"
        for route in stack.routes
        for stage in stack.stages
        if route.auth.facts.get("signed")
    ]
    everybody = [method for grant in grants if grant["Principal"] == "*" for method in listed(grant["Resource"])]
    for called in signed:
        if any(fnmatchcase(called, method) for method in everybody):
            yield f"{key} lets everybody call {called}, which is for accounts"
    if grants and not signed and everybody != [EVERYTHING]:
        yield f"{key} does not let its callers call"


def endpoints_are_open_to_those_it_is_for(view: View) -> Iterator[str]:
    said = view.blueprint["api"]
    private = (said.get("private") or {}) if said["endpoint"] == "private" else {}
    endpoint = view.properties("PrivateApiEndpoint")
    wanted = private.get("vpc_endpoint_ids") or ([ref("PrivateApiEndpoint")] if endpoint else [])
    for key, api in view.of("ApiGateway::RestApi"):
        if api["EndpointConfiguration"].get("VpcEndpointIds", []) != wanted:
            yield f"{key} has no address at the endpoints that lead to it"
    doors = [rule for _, rule in view.of("EC2::SecurityGroupIngress") if "CidrIp" in rule]
    network = view.blueprint["network"]
    premises = {*(network["on_premises_cidrs"] or ()), *private.get("on_premises_cidrs", ())}
    ranges = [network["cidr"], *premises] if endpoint else []
    if sorted(rule["CidrIp"] for rule in doors) != sorted(set(ranges)) or {r["ToPort"] for r in doors} - {443}:
        yield f"the endpoint is open to {[frozen(rule) for rule in doors]}"
    if endpoint and not (
        endpoint["PrivateDnsEnabled"] and endpoint["SecurityGroupIds"] == [arn_of("PrivateApiSecurityGroup", "GroupId")]
    ):
        yield "the endpoint is not found by its name, or has another group"


def a_domain_is_the_only_door(view: View) -> Iterator[str]:
    domain, private = view.blueprint["api"].get("domain"), view.blueprint["api"]["endpoint"] == "private"
    for key, api in view.of("ApiGateway::RestApi", "ApiGatewayV2::Api"):
        if api.get("DisableExecuteApiEndpoint", False) != (bool(domain) and not private):
            yield f"{key} is open beside its domain, or closed without one"
    made = dict(view.of("ApiGateway::DomainNameV2" if private else "ApiGateway::DomainName"))
    joined = bool(domain and domain["existing"])  # it is another stack's
    if len(made) != (bool(domain) and not joined):
        yield f"there are the domains {sorted(made)}"
    if not domain:
        return
    edge = view.blueprint["api"]["endpoint"] == "edge"
    for key, said in made.items():
        certificate = domain["certificate_arn"] or ref("ApiCertificate")
        if said.get("CertificateArn" if edge or private else "RegionalCertificateArn") != certificate:
            yield f"{key} has another certificate than the blueprint says"
        if said["SecurityPolicy"] == "TLS_1_0":
            yield f"{key} takes TLS that is broken"
        if bool(said.get("MutualTlsAuthentication")) != bool(domain["mutual_tls"]):
            yield f"{key} asks for certificates against the blueprint"
    for key, certificate in view.of("CertificateManager::Certificate"):
        if not all(option.get("HostedZoneId") for option in certificate["DomainValidationOptions"]):
            yield f"{key} waits for somebody to validate it"
    if view.project.stack.routes:  # what services share leads to none of them by itself
        yield from _way_faults(view)


def _way_faults(view: View) -> Iterator[str]:
    """From the name to the stage, and from the outputs to the name."""
    domain, first = view.blueprint["api"]["domain"], view.project.stack.stages[0]
    private = view.blueprint["api"]["endpoint"] == "private"
    kinds = (
        ("ApiGateway::BasePathMappingV2",) if private else ("ApiGatewayV2::ApiMapping", "ApiGateway::BasePathMapping")
    )
    mappings = [m for _, m in view.of(*kinds)]
    named = "ApiDomainName" if domain["existing"] else "ApiDomain"
    name = arn_of("ApiDomain", "DomainNameArn") if private else ref(named)
    paths = [m.get("ApiMappingKey", m.get("BasePath")) for m in mappings]
    if paths != [domain["base_path"]]:
        yield f"the API stands under {paths}"
    for mapping in mappings:
        if (mapping["Stage"], mapping["DomainNameArn" if private else "DomainName"]) != (
            ref(f"{first.id}ApiStage"),
            name,
        ):
            yield "the domain leads to another stage than the first, or doesn't wait for it"
    if any("/" in (m.get("BasePath") or "") for m in mappings):
        yield "the domain has a base path that its kind of mapping refuses"
    records = {r["Type"] for _, group in view.of("Route53::RecordSetGroup") for r in group["RecordSets"]}
    wanted = {"A"} if private else {"A", "AAAA"}  # the endpoint has addresses of IPv4 alone
    if records != (wanted if domain["hosted_zone_id"] else set()):
        yield f"the name has the records {sorted(records)}"
    if not next(strings(view.template["Outputs"]["ApiUrl"]["Value"])).startswith(f"https://{domain['name']}"):
        yield "clients are told another address than the domain"


def a_private_domain_is_for_the_endpoints_of_the_api(view: View) -> Iterator[str]:
    """Each is associated with it, and its policy refuses what comes by any other."""
    given = (view.blueprint["api"].get("private") or {}).get("vpc_endpoint_ids")
    for key, domain in view.of("ApiGateway::DomainNameV2"):
        endpoints = given or [ref("PrivateApiEndpoint")]
        associated = [a["AccessAssociationSource"] for _, a in view.of("ApiGateway::DomainNameAccessAssociation")]
        if sorted(map(frozen, associated)) != sorted(map(frozen, endpoints)):
            yield f"{key} is associated with {associated}"
        refused = [s.get("Condition") for s in domain["Policy"]["Statement"] if s["Effect"] == "Deny"]
        if refused != [{"StringNotEquals": {"aws:SourceVpce": endpoints}}]:
            yield f"{key} refuses {refused}"
        if domain["EndpointConfiguration"] != {"Types": ["PRIVATE"]}:
            yield f"{key} can be reached from elsewhere"


GUARANTEES = (
    a_private_domain_is_for_the_endpoints_of_the_api,
    only_whom_the_blueprint_names_gets_in,
    endpoints_are_open_to_those_it_is_for,
    a_domain_is_the_only_door,
)
