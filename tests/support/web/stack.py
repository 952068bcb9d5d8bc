"""A rendered template as it stands once it is deployed: what its intrinsic functions come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

REGION, ACCOUNT = "us-east-1", "123456789012"
STACK_ID = "0a1b2c3d-0000-4000-8000-0123456789ab"

# By type, what Ref gives where no property names the resource.
REFS = {
    "AWS::ApiGateway::RestApi": "a1b2c3d4e5",
    "AWS::ApiGatewayV2::Api": "a1b2c3d4e5",
    "AWS::Cognito::UserPool": f"{REGION}_Pool00001",
    "AWS::Cognito::UserPoolClient": "1h57kf5cpq17m0eml12EXAMPLE",
    "AWS::CloudFront::Distribution": "EDFDVBD6EXAMPLE",
}
NAMED = ("TableName", "BucketName", "Identifier", "Domain", "StageName", "FunctionName")
ATTRIBUTES = {
    ("AWS::Amplify::App", "DefaultDomain"): "d1a2b3c4d5e6f7.amplifyapp.com",
    ("AWS::ApiGatewayV2::Api", "ApiEndpoint"): "https://{ref}.execute-api." + REGION + ".amazonaws.com",
    ("AWS::CloudFront::Distribution", "DomainName"): "d111111abcdef8.cloudfront.net",
    ("AWS::S3::Bucket", "RegionalDomainName"): "{ref}.s3." + REGION + ".amazonaws.com",
    ("AWS::Cognito::UserPool", "ProviderURL"): "https://cognito-idp." + REGION + ".amazonaws.com/{ref}",
}


@dataclass(frozen=True)
class Stack:
    """The stack `name` of `template`; `values` are those of parameters that have no default."""

    name: str
    template: Mapping[str, Any]
    values: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical ID and properties, resolved, of the resources of a type."""
        for key, said in self.template["Resources"].items():
            if said["Type"] == kind:
                yield key, self.resolved(said.get("Properties", {}))

    def output(self, name: str) -> str:
        return str(self.resolved(self.template["Outputs"][name]["Value"]))

    def resolved(self, value: Any) -> Any:
        """`value` as AWS sees it; what a resource that stands nowhere would be called is made up."""
        match value:
            case {"Ref": str(name)}:
                return self._ref(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": [str(text), own]}:
                return self._sub(text, {key: str(self.resolved(said)) for key, said in own.items()})
            case {"Fn::Sub": str(text)}:
                return self._sub(text, {})
            case {"Fn::Join": [str(between), parts]}:
                return between.join(str(self.resolved(part)) for part in parts)
            case {"Fn::Split": [str(between), text]}:
                return self.resolved(text).split(between)
            case {"Fn::Select": [index, parts]}:
                return self.resolved(self.resolved(parts)[int(index)])
            case {"Fn::If": [str(condition), yes, no]}:
                return self.resolved(yes if self._holds(self.template["Conditions"][condition]) else no)
            case dict():
                made = {key: self.resolved(said) for key, said in value.items()}
                return {key: said for key, said in made.items() if said is not None}
            case list():
                return [made for said in value if (made := self.resolved(said)) is not None]
        return value

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::NoValue": None,
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/{STACK_ID}",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template.get("Parameters", {}):
            return self.values.get(name, self.template["Parameters"][name].get("Default", name.lower()))
        said = self.template["Resources"][name]
        properties = said.get("Properties", {})
        named = next((properties[key] for key in NAMED if key in properties), None)
        return str(self.resolved(named) if named else REFS.get(said["Type"], f"{self.name}-{name.lower()}"))

    def _attribute(self, name: str, attribute: str) -> str:
        ref, kind = self._ref(name), self.template["Resources"][name]["Type"]
        if attribute == "Arn":
            service = kind.split("::")[1].lower()
            return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{ref}"
        return ATTRIBUTES.get((kind, attribute), f"{ref}.{attribute}").format(ref=ref)

    def _sub(self, text: str, own: Mapping[str, str]) -> str:
        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in own:
                return own[name]
            logical, dot, attribute = name.partition(".")
            return str(self._attribute(logical, attribute) if dot else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", filled, text)

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Condition": str(name)}:
                return self._holds(self.template["Conditions"][name])
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::And": parts}:
                return all(map(self._holds, parts))
            case {"Fn::Or": parts}:
                return any(map(self._holds, parts))
            case {"Fn::Equals": [left, right]}:
                return bool(self.resolved(left) == self.resolved(right))
        raise AssertionError(f"no such condition: {condition}")
