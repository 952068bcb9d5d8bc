"""A model of stage, alias and version: stacks are deployed to it, requests are sent, and it says what answered them.

It reads templates as CloudFormation does (parameters, conditions, rules), keeps what a template retains, and
refuses what API Gateway refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, str]


class Refused(Exception):
    """What AWS would not do, and why."""


def target(value: Mapping[str, Any]) -> str:
    """The logical ID that a Ref or Fn::GetAtt leads to."""
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])


@dataclass(frozen=True)
class Template:
    """A template with the values of its parameters."""

    data: Mapping[str, Any]
    values: Values = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, str]:
        """Every parameter that says which release is served, with its value."""
        said = self.data.get("Parameters", {})
        return {name: self.values.get(name, str(p["Default"])) for name, p in said.items() if "Default" in p}

    def holds(self, condition: Any) -> bool:
        """Whether a condition, by name or as written, is true."""
        match condition:
            case str(name):
                return self.holds(self.data["Conditions"][name])
            case {"Fn::Not": [inner]}:
                return not self.holds(inner)
            case {"Fn::Equals": [left, right]}:
                return bool(self.resolved(left) == self.resolved(right))
        raise AssertionError(f"the model knows no condition {condition}")

    def resolved(self, value: Any) -> Any:
        """`value` with its conditions decided and its parameters filled in; references to resources stay."""
        match value:
            case {"Fn::If": [condition, yes, no]}:
                return self.resolved(yes if self.holds(condition) else no)
            case {"Ref": str(name)} if name in self.parameters:
                return self.parameters[name]
            case dict():
                return {k: r for k, v in value.items() if (r := self.resolved(v)) != {"Ref": "AWS::NoValue"}}
            case list():
                return [self.resolved(each) for each in value]
        return value

    def of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical ID and properties of the resources of a type, as they are under these parameters."""
        for key, resource in self.data["Resources"].items():
            if resource["Type"] == f"AWS::{kind}":
                yield key, self.resolved(resource.get("Properties", {}))

    def broken_rule(self) -> str:
        """What a rule says that these parameters break; "" for none."""
        for rule in self.data.get("Rules", {}).values():
            if self.holds(rule["RuleCondition"]):
                for assertion in rule["Assertions"]:
                    if not self.holds(assertion["Assert"]):
                        return str(assertion["AssertDescription"])
        return ""


@dataclass
class Account:
    """What stands in AWS after the deploys so far."""

    values: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)  # by function: number to code
    deployments: dict[str, frozenset[str]] = field(default_factory=dict)  # by id: the routes
    stages: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    permitted: set[tuple[str, str, str]] = field(default_factory=set)  # function, alias, stage
    variables: dict[str, str] = field(default_factory=dict)  # what a stage variable calls: its function
    made: dict[str, str] = field(default_factory=dict)  # physical id by logical ID, of what is immutable

    def deploy(self, data: Mapping[str, Any], **values: str) -> None:
        """An update of the stack: a parameter that isn't said keeps its value. Raises Refused."""
        template = Template(data, {**self.values, **values})
        if rule := template.broken_rule():
            raise Refused(rule)
        functions = {key: f["FunctionName"]["Fn::Sub"] for key, f in template.of("Lambda::Function")}
        for key, version in template.of("Lambda::Version"):
            name = functions[target(version["FunctionName"])]
            code = template.data["Resources"][target(version["FunctionName"])]["Properties"]["Code"]["S3Key"]
            if key not in self.made:
                numbers = self.versions.setdefault(name, {})
                self.made[key] = str(len(numbers) + 1)
                numbers[self.made[key]] = code
        for key, _ in template.of("ApiGateway::Deployment"):
            if key not in self.made:
                self.made[key] = f"d{len(self.deployments)}"
                self.deployments[self.made[key]] = frozenset(k for k, _ in template.of("ApiGateway::Method"))
        for key, alias in template.of("Lambda::Alias"):
            name = functions[target(alias["FunctionName"])]
            number = self._physical(alias["FunctionVersion"])
            if number not in self.versions[name]:
                raise Refused(f"{key}: there is no version {number}")
            self.aliases[name, alias["Name"]] = number
        self._permit(template, functions)
        for _, stage in template.of("ApiGateway::Stage"):
            self._update(stage)
        self.values = template.parameters

    def _update(self, stage: Mapping[str, Any]) -> None:
        before, name = self.stages.get(stage["StageName"], {}), stage["StageName"]
        now = {
            "deployment": self._physical(stage["DeploymentId"]),
            "variables": stage["Variables"],
            "settings": json.dumps(stage["MethodSettings"], sort_keys=True),
            "canary": dict(stage.get("CanarySetting", {})),
        }
        if now["canary"]:
            now["canary"]["DeploymentId"] = self._physical(now["canary"]["DeploymentId"])
            if now["canary"]["DeploymentId"] == now["deployment"]:
                raise Refused("base and canary are one deployment")
        if before and before["canary"] and now["deployment"] != before["deployment"]:
            raise Refused("a stage with a canary takes no other deployment")
        if missing := {now["deployment"]} - set(self.deployments):
            raise Refused(f"there is no deployment {missing}")
        self.stages[name] = now

    def _permit(self, template: Template, functions: Mapping[str, str]) -> None:
        aliases = dict(template.of("Lambda::Alias"))
        self.permitted.clear()
        for _, permission in template.of("Lambda::Permission"):
            alias = aliases[target(permission["FunctionName"])]
            stage = permission["SourceArn"]["Fn::Sub"].split("${RestApi}/")[1].split("/")[0]
            self.permitted.add((functions[target(alias["FunctionName"])], alias["Name"], stage))

    def _physical(self, value: Any) -> str:
        return value if isinstance(value, str) else self.made[target(value)]

    def answer(self, stage: str, function: str, share: int) -> tuple[frozenset[str], str]:
        """The routes and the code that answer a request; those with a `share` below its percentage take the canary."""
        said = self.stages[stage]
        canary = said["canary"] if share < int(said["canary"].get("PercentTraffic", 0)) else {}
        variables = {**said["variables"], **canary.get("StageVariableOverrides", {})}
        name, alias = f"${{AWS::StackName}}-{function}", variables[f"{function}Alias"]
        if (name, alias, stage) not in self.permitted:
            raise Refused(f"{stage} may not call {function}:{alias}")
        deployment = canary.get("DeploymentId", said["deployment"])
        return self.deployments[deployment], self.versions[name][self.aliases[name, alias]]

    def release(self, stage: str, prefix: str = "") -> dict[str, str]:
        """What a stage serves, as the values of parameters that begin with `prefix`: deploy.sh reads the same."""
        said = self.stages[stage]
        functions = {name.rpartition("-")[2]: name for name, _ in self.aliases}
        found = {f"{prefix}DeploymentId": said["deployment"]}
        for function, name in functions.items():
            alias = said["variables"].get(f"{function}Alias")
            if alias:
                found[f"{prefix}{function.capitalize()}Version"] = self.aliases[name, alias]
        return found
