"""The page is reached through its distribution alone, and what stands beside it stays out of its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees.view import View, arn_of, listed, ref, target

ALIAS_ZONE = "Z2FDTNDATAQYW2"  # of all distributions
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
SOURCE = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${SiteDistribution}"
METHODS = {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}


def distributions(view: View) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The distributions, by logical ID."""
    return ((key, said["DistributionConfig"]) for key, said in view.of("CloudFront::Distribution"))


def _origin(config: Mapping[str, Any], behavior: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(o for o in config["Origins"] if o["Id"] == behavior["TargetOriginId"])
    return found


def a_page_is_hosted_where_the_blueprint_says(view: View) -> Iterator[str]:
    hosted = view.blueprint["presentation"]["hosting"] == "s3-cloudfront"
    if hosted != ("SiteDistribution" in dict(distributions(view))):
        yield "the page is not where the blueprint hosts it"


def buckets_of_pages_are_read_by_their_distribution_alone(view: View) -> Iterator[str]:
    for key, config in distributions(view):
        origin = _origin(config, config["DefaultCacheBehavior"])
        bucket = target(origin["DomainName"])
        if origin["DomainName"] != arn_of(bucket, "RegionalDomainName"):
            yield f"{key} asks a bucket by its global name, which redirects"
        control = view.properties(target(origin.get("OriginAccessControlId"))).get("OriginAccessControlConfig", {})
        if (control.get("SigningBehavior"), control.get("SigningProtocol")) != ("always", "sigv4"):
            yield f"{key} does not sign what it asks of {bucket}"
        if origin.get("S3OriginConfig") != {"OriginAccessIdentity": ""}:
            yield f"{key} comes with an identity of the older way"
        policies = [said for _, said in view.of("S3::BucketPolicy") if said["Bucket"] == ref(bucket)]
        allowed: set[str] = set()
        for statement in (s for policy in policies for s in policy["PolicyDocument"]["Statement"]):
            if statement["Effect"] == "Allow":
                allowed |= {*listed(statement["Action"])}
                condition = {"StringEquals": {"aws:SourceArn": {"Fn::Sub": SOURCE}}}
                if statement["Principal"] != {"Service": "cloudfront.amazonaws.com"}:
                    yield f"{bucket} is read by {statement['Principal']}"
                if statement.get("Condition") != condition:
                    yield f"{bucket} is read by distributions of others"
        if allowed != {"s3:GetObject", "s3:ListBucket"}:
            yield f"CloudFront may do {sorted(allowed)} with {bucket}"


def connections_to_pages_are_encrypted(view: View) -> Iterator[str]:
    domain = view.blueprint["presentation"].get("domain")
    for key, config in distributions(view):
        certificate = config["ViewerCertificate"]
        if domain and (certificate["MinimumProtocolVersion"], certificate["SslSupportMethod"]) != (
            "TLSv1.2_2021",
            "sni-only",
        ):
            yield f"{key} takes TLS before 1.2"
        if domain and certificate["AcmCertificateArn"] != (domain["certificate_arn"] or ref("SiteCertificateArn")):
            yield f"{key} shows another certificate than that of its name"
        if config.get("Aliases") != ([domain["name"]] if domain else None):
            yield f"{key} answers to other names than the blueprint's"
        behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
        if {b["ViewerProtocolPolicy"] for b in behaviors} - {"redirect-to-https", "https-only"}:
            yield f"{key} answers without TLS"
        own = [o["CustomOriginConfig"] for o in config["Origins"] if "CustomOriginConfig" in o]
        if any((o["OriginProtocolPolicy"], o["OriginSSLProtocols"]) != ("https-only", ["TLSv1.2"]) for o in own):
            yield f"{key} calls an origin without TLS 1.2"


def names_of_pages_lead_to_their_distribution(view: View) -> Iterator[str]:
    domain = view.blueprint["presentation"].get("domain") or {}
    records = [
        r for key, said in view.of("Route53::RecordSetGroup") if key.startswith("Site") for r in said["RecordSets"]
    ]
    wanted = {(domain["name"], kind) for kind in ("A", "AAAA")} if domain.get("hosted_zone_id") else set()
    if {(r["Name"], r["Type"]) for r in records} != wanted:
        yield "the page's name is not led to it by IPv4 and IPv6"
    for record in records:
        alias = record["AliasTarget"]
        if (alias["HostedZoneId"], alias["DNSName"]) != (ALIAS_ZONE, arn_of("SiteDistribution", "DomainName")):
            yield f"{record['Type']} leads elsewhere"


def errors_of_apis_are_not_made_pages(view: View) -> Iterator[str]:
    for key, config in distributions(view):
        if "CustomErrorResponses" in config:
            yield f"{key} answers errors of the API with the page"
        rewritten = [
            target(f["FunctionARN"])
            for behavior in config["CacheBehaviors"]
            for f in behavior.get("FunctionAssociations", ())
        ]
        if "SitePageFunction" in rewritten:
            yield f"{key} rewrites paths that are not the page's"
        default = config["DefaultCacheBehavior"]["FunctionAssociations"]
        if [(f["EventType"], target(f["FunctionARN"])) for f in default] != [("viewer-request", "SitePageFunction")]:
            yield f"addresses within the page of {key} are not found"


def functions_at_the_edge_are_live(view: View) -> Iterator[str]:
    for key, function in view.of("CloudFront::Function"):
        config = function["FunctionConfig"]
        if function.get("AutoPublish") is not True or config["Runtime"] != "cloudfront-js-2.0":
            yield f"{key} is not live in its newest form"
        if "KeyValueStoreAssociations" in config:
            yield f"{key} needs a store that nobody fills"
        if len(function["FunctionCode"].encode()) > 10 * 1024:
            yield f"{key} is too large"


def files_of_pages_are_kept_as_they_say(view: View) -> Iterator[str]:
    for key, config in distributions(view):
        for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
            if behavior["TargetOriginId"] == "files" and behavior["CachePolicyId"] != CACHING_OPTIMIZED:
                yield f"{key} takes one of the few cache policies that an account may have"


def apis_behind_pages_are_called_as_they_are(view: View) -> Iterator[str]:
    path, domain = view.blueprint["presentation"].get("api_path"), view.blueprint["api"].get("domain")
    for key, config in distributions(view):
        found = [b for b in config["CacheBehaviors"] if b["TargetOriginId"] == "api"]
        if [b["PathPattern"] for b in found] != ([f"{path}/*"] if path else []):
            yield f"{key} leads other paths to the API than the blueprint says"
        for behavior in found:
            if behavior["CachePolicyId"] != CACHING_DISABLED:
                yield f"{key} keeps answers of the API"
            if behavior["OriginRequestPolicyId"] != ALL_VIEWER_EXCEPT_HOST:
                yield f"{key} calls the API by the name of the page"
            if set(behavior["AllowedMethods"]) != METHODS:
                yield f"{key} refuses methods of the API"
            origin = _origin(config, behavior)
            named = domain and origin["DomainName"] == domain["name"]
            base = f"/{domain['base_path']}" if domain and domain.get("base_path") else None
            if domain and (not named or origin.get("OriginPath") != base):
                yield f"{key} calls the API at an address that is closed"
            if not domain and not origin.get("OriginPath"):
                yield f"{key} calls the API without its stage"


def firewalls_of_pages_are_those_of_the_blueprint(view: View) -> Iterator[str]:
    said = view.blueprint["presentation"].get("waf")
    wanted = (said["web_acl_arn"] or ref("SiteWebAclArn")) if said else None
    for key, config in distributions(view):
        if config.get("WebACLId") != wanted:
            yield f"{key} stands behind another web ACL than the blueprint's"


def browsers_are_told_what_pages_may_do(view: View) -> Iterator[str]:
    for key, config in distributions(view):
        for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
            policy = view.properties(target(behavior["ResponseHeadersPolicyId"]))["ResponseHeadersPolicyConfig"]
            said = policy["SecurityHeadersConfig"]
            own = {item["Header"] for item in policy["CustomHeadersConfig"]["Items"]}
            enforced = "ContentSecurityPolicy" in said
            if enforced == ("Content-Security-Policy-Report-Only" in own):
                yield f"{key} has no content security policy, or two"
            if not {"StrictTransportSecurity", "ContentTypeOptions", "FrameOptions", "ReferrerPolicy"} <= set(said):
                yield f"{key} leaves headers out that browsers wait for"
            if said.get("ReferrerPolicy", {}).get("ReferrerPolicy") != "strict-origin":
                yield f"addresses of the page of {key}, which a sign-in's code may stand in, get into logs"
            if said["FrameOptions"]["FrameOption"] != "DENY":
                yield f"the page of {key} can be framed"


GUARANTEES = (
    a_page_is_hosted_where_the_blueprint_says,
    buckets_of_pages_are_read_by_their_distribution_alone,
    connections_to_pages_are_encrypted,
    names_of_pages_lead_to_their_distribution,
    errors_of_apis_are_not_made_pages,
    functions_at_the_edge_are_live,
    files_of_pages_are_kept_as_they_say,
    apis_behind_pages_are_called_as_they_are,
    firewalls_of_pages_are_those_of_the_blueprint,
    browsers_are_told_what_pages_may_do,
)


def certificates_of_pages_prove_themselves(view: View) -> Iterator[str]:
    domain = view.blueprint["presentation"].get("domain") or {}
    made = bool(domain) and not domain.get("certificate_arn")
    certificates = dict(view.of("CertificateManager::Certificate"))
    if set(certificates) != ({"SiteCertificate"} if made else set()):
        yield f"there are the certificates {sorted(certificates)}"
    for key, certificate in certificates.items():
        zone = {"DomainName": domain["name"], "HostedZoneId": domain["hosted_zone_id"]}
        if certificate["ValidationMethod"] != "DNS" or certificate["DomainValidationOptions"] != [zone]:
            yield f"{key} waits for somebody to make a record"
        if view.template["Resources"][key].get("UpdateReplacePolicy") != "Retain":
            yield f"{key} would be deleted while the page has it"


def firewalls_at_the_edge_see_callers(view: View) -> Iterator[str]:
    said = view.blueprint["presentation"].get("waf")
    acls = dict(view.of("WAFv2::WebACL"))
    if set(acls) != ({"SiteWebAcl"} if said and not said.get("web_acl_arn") else set()):
        yield f"there are the web ACLs {sorted(acls)}"
    for key, acl in acls.items():
        if acl["Scope"] != "CLOUDFRONT":
            yield f"{key} is not for CloudFront"
        rates = [r["Statement"].get("RateBasedStatement") for r in acl["Rules"]]
        if [rate["AggregateKeyType"] for rate in rates if rate] != ["IP"]:
            yield f"{key} limits no caller's rate"
    for key, config in view.of("WAFv2::LoggingConfiguration"):
        hidden = config["RedactedFields"]
        if {"SingleHeader": {"Name": "authorization"}} not in hidden or {"QueryString": {}} not in hidden:
            yield f"tokens would stand in the log of {key}"
    for key, group in view.of("Logs::LogGroup"):
        if not group["LogGroupName"]["Fn::Sub"][0].startswith("aws-waf-logs-"):
            yield f"WAF doesn't write to {key}"


# What holds of a stack in us-east-1 beside the application's own.
EDGE = (certificates_of_pages_prove_themselves, firewalls_at_the_edge_see_callers)
