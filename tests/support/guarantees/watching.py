"""What is logged, shown and kept of what an application does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from support.guarantees.data import databases
from support.guarantees.view import IN_TEXT, View, ref

MOST_WIDGETS, MOST_METRICS = 500, 500  # of a dashboard, of a widget (CloudWatch quotas)
STACK = ref("AWS::StackName")
VARIABLE = re.compile(r"\$context(\.[A-Za-z0-9_]+)+")
# host, ident, user, time, request, status, bytes, id
CLF = re.compile(r'\S+ \S+ \S+ \[\S+\] "\S+ \S+ \S+" \S+ \S+ \S+')


def requests_leave_a_line_that_programs_read(view: View) -> Iterator[str]:
    settings = {"ApiGateway::Stage": "AccessLogSetting", "ApiGatewayV2::Stage": "AccessLogSettings"}
    common = view.blueprint["observability"]["access_logs"] == "clf"
    for kind, name in settings.items():
        for key, stage in view.of(kind):
            line = stage[name]["Format"]
            fields = [] if common else list(json.loads(line).values())
            if "$context.requestId" not in (line.split() if common else fields):
                yield f"{key} logs requests without their id, which API Gateway refuses"
            if common and not CLF.fullmatch(line):
                yield f"{key} writes what is no Common Log Format"
            if not all(VARIABLE.fullmatch(field) for field in fields):
                yield f"{key} logs fields that are more than one value: {line}"
            if "\n" in line or len(line.encode()) > 3072:
                yield f"{key} has a format that API Gateway refuses"


def dashboards_show_what_there_is(view: View) -> Iterator[str]:
    found = dict(view.of("CloudWatch::Dashboard"))
    asked = view.blueprint["observability"]["dashboard"] is not False and bool(view.project.stack.routes)
    if bool(found) != asked:
        yield f"there are the dashboards {sorted(found)}"
    for key, dashboard in found.items():
        if "AWS::Region" not in str(dashboard["DashboardName"]):
            yield f"{key} takes the name of another Region's dashboard"
        body = dashboard["DashboardBody"]["Fn::Sub"]
        text, names = body if isinstance(body, list) else (body, {})
        if missing := [name for name in names if f"${{{name}}}" not in text]:
            yield f"{key} names {missing}, and shows nothing of them"
        widgets = json.loads(IN_TEXT.sub("x", text))["widgets"]
        shown = [metric for widget in widgets for metric in widget["properties"].get("metrics", ())]
        if len(widgets) > MOST_WIDGETS or any(len(w["properties"].get("metrics", ())) > MOST_METRICS for w in widgets):
            yield f"{key} is larger than CloudWatch takes"
        if text.count('"region": "${AWS::Region}"') != len(widgets):
            yield f"{key} has widgets without a Region"
        # of a cluster's instances its cluster speaks
        names = [place for place, _ in (*view.of("Lambda::Function", "DynamoDB::Table"), *databases(view))]
        if missing := [name for name in names if f"${{{name}}}" not in text]:
            yield f"{key} shows nothing of {missing}"
        stages = {metric[5] for metric in shown if metric[:2] == ["AWS/ApiGateway", "Count"]}
        if stages != {stage.name for stage in view.project.stack.stages}:
            yield f"{key} shows the stages {sorted(stages)}"
        if len({widget["properties"]["title"] for widget in widgets}) < len(widgets):
            yield f"{key} says the same twice"


def stacks_count_by_themselves(view: View) -> Iterator[str]:
    """An account's metrics stand side by side: those of web ACLs are told apart by the name that the ACL gives them.

    (AWS WAF, "Metrics and dimensions".)
    """
    for key, function in view.of("Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        if variables.get("POWERTOOLS_METRICS_NAMESPACE", STACK) != STACK:
            yield f"{key} counts together with functions of other stacks"
    for key, acl in view.of("WAFv2::WebACL"):
        if acl["VisibilityConfig"]["MetricName"] != STACK:
            yield f"{key} counts requests together with those of other stacks"
    for key, dashboard in view.of("CloudWatch::Dashboard"):
        body = str(dashboard["DashboardBody"]["Fn::Sub"])
        if body.count('"WebACL", ') != body.count('"WebACL", "${AWS::StackName}"'):
            yield f"{key} shows the requests of another web ACL"


def archives_miss_no_log(view: View) -> Iterator[str]:
    said: Any = view.blueprint["observability"]["log_archive"]
    streams = dict(view.of("KinesisFirehose::DeliveryStream"))
    if bool(streams) != (said is not False and bool(view.project.stack.routes)):
        yield f"there are the streams {sorted(streams)}"
    targets = [stream["ExtendedS3DestinationConfiguration"] for stream in streams.values()]
    own = {target["CloudWatchLoggingOptions"]["LogGroupName"]["Ref"] for target in targets}
    sent = sorted(filter_["LogGroupName"]["Ref"] for _, filter_ in view.of("Logs::SubscriptionFilter"))
    if sent != (sorted({key for key, _ in view.of("Logs::LogGroup")} - own) if streams else []):
        yield f"the logs of {sent} are archived"
    for key, _ in streams.items():
        rules = view.properties("LogArchiveBucket")["LifecycleConfiguration"]["Rules"]
        if [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule] != [said["days"]]:
            yield f"{key} leads to where logs don't stay as long as the blueprint says"
    for key, filter_ in view.of("Logs::SubscriptionFilter"):
        if filter_["FilterPattern"]:
            yield f"{key} leaves some events out"


GUARANTEES = (
    requests_leave_a_line_that_programs_read,
    dashboards_show_what_there_is,
    stacks_count_by_themselves,
    archives_miss_no_log,
)
