"""The firewall in front of the API has rules that work, logs that arrive, and is attached."""

from __future__ import annotations

from collections.abc import Iterator

from support.guarantees.view import View, arn_of

STAGE = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${RestApi}/stages/${%sApiStage}"


def the_stage_has_the_firewall_of_the_blueprint(view: View) -> Iterator[str]:
    said = view.blueprint["api"]["waf"]
    apps = [arn_of(key) for key, _ in view.of("Amplify::App")]
    found = view.of("WAFv2::WebACLAssociation")
    associations = {key: each for key, each in found if each["ResourceArn"] not in apps}
    stages = [{"Fn::Sub": STAGE % stage.id} for stage in view.project.stack.stages]
    if [association["ResourceArn"] for association in associations.values()] != (stages if said else []):
        yield "WAF stands in front of other stages than those of the blueprint"
    for key, association in associations.items():
        if association["WebACLArn"] != (said.get("web_acl_arn") or arn_of("WebAcl")):
            yield f"{key} associates another web ACL"


def rules_can_be_evaluated(view: View) -> Iterator[str]:
    for key, acl in view.of("WAFv2::WebACL"):
        if acl["Scope"] != "REGIONAL":
            yield f"{key} is not for a regional API"
        priorities = [rule["Priority"] for rule in acl["Rules"]]
        if len(set(priorities)) != len(priorities):
            yield f"{key} has two rules of one priority"
        for rule in acl["Rules"]:
            managed = "ManagedRuleGroupStatement" in rule["Statement"]
            if managed == ("Action" in rule) or managed != ("OverrideAction" in rule):
                yield f"{rule['Name']} in {key} has the wrong kind of action"
        groups = {rule["Name"] for rule in acl["Rules"] if "ManagedRuleGroupStatement" in rule["Statement"]}
        if groups != set(view.blueprint["api"]["waf"]["managed_rules"]):
            yield f"{key} has the groups {sorted(groups)}"
        for rule in acl["Rules"]:
            if "RateBasedStatement" in rule["Statement"] and "Block" not in rule["Action"]:
                yield f"{rule['Name']} in {key} lets floods pass"


def large_bodies_are_not_refused_in_silence(view: View) -> Iterator[str]:
    for key, acl in view.of("WAFv2::WebACL"):
        for rule in acl["Rules"]:
            group = rule["Statement"].get("ManagedRuleGroupStatement", {})
            if group.get("Name") == "AWSManagedRulesCommonRuleSet":
                counted = [o["Name"] for o in group.get("RuleActionOverrides", []) if "Count" in o["ActionToUse"]]
                if "SizeRestrictions_BODY" not in counted:
                    yield f"{key} refuses bodies over 8 KB with a bare 403"


def firewall_logs_arrive_without_secrets(view: View) -> Iterator[str]:
    acls = {key for key, _ in view.of("WAFv2::WebACL")}
    logged = {c["ResourceArn"]["Fn::GetAtt"][0]: c for _, c in view.of("WAFv2::LoggingConfiguration")}
    yield from (f"{key} has no log" for key in sorted(acls - set(logged)))
    for key, config in logged.items():
        redacted = {field["SingleHeader"]["Name"] for field in config["RedactedFields"]}
        if "authorization" not in redacted:
            yield f"tokens would stand in the log of {key}"
        (destination,) = config["LogDestinationConfigs"]
        if ":log-group:${WafLogGroup}" not in destination["Fn::Sub"]:
            yield f"the log of {key} goes elsewhere"
        name = view.properties("WafLogGroup")["LogGroupName"]["Fn::Sub"][0]
        if not name.startswith("aws-waf-logs-"):
            yield f"WAF doesn't write to a group called {name}"


GUARANTEES = (
    the_stage_has_the_firewall_of_the_blueprint,
    rules_can_be_evaluated,
    large_bodies_are_not_refused_in_silence,
    firewall_logs_arrive_without_secrets,
)
