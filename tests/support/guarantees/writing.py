"""The template can be deployed anywhere, read by people, and holds nothing that belongs elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from cfnlint.decode.decode import decode_str

from support.guarantees.view import View, listed, references, strings

WITHOUT_REASON = {"Logs::LogGroup", "SNS::TopicPolicy"}  # they belong to what stands beside them
ORDER = ("Type", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Metadata", "Properties")


def text_says_what_the_data_says(view: View) -> Iterator[str]:
    """What is written and what was checked are one, to the order of keys."""
    data, faults = decode_str(view.project.template.text)
    if faults or json.dumps(data) != json.dumps(view.template):
        yield "the text that is written is not the data that was checked"


def properties_come_last(view: View) -> Iterator[str]:
    for key, resource in view.written.items():
        if list(resource) != [name for name in ORDER if name in resource]:
            yield f"{key} is written in the order {list(resource)}"


def resources_say_why(view: View) -> Iterator[str]:
    for key, resource in view.written.items():
        why = resource.get("Metadata", {}).get("com.aws.cloudformation.Context", {}).get("why", "")
        if view.kind(key) not in WITHOUT_REASON and not why.strip():
            yield f"{key} does not say what it is for"


def arns_fit_every_partition(view: View) -> Iterator[str]:
    said = set(strings(view.project.blueprint.source.data))
    for key, resource in view.resources.items():
        for text in strings(resource.get("Properties", {})):
            if (
                re.search(r"arn:aws|amazonaws\.com(?!$|:sub})", text)
                and text.partition("/index/")[0] not in said
                and "amazoncognito" not in text
            ):
                yield f"{key} has {text}"


def references_lead_somewhere(view: View) -> Iterator[str]:
    known = {*view.template["Resources"], *view.template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        for key, entry in view.template[section].items():
            for name in _mentioned(entry):
                if name not in known and not name.startswith("AWS::"):
                    yield f"{key} refers to {name}, which is not there"
    used = {name for entry in view.template["Resources"].values() for name in _mentioned(entry)}
    yield from (f"the parameter {name} is used nowhere" for name in set(view.template.get("Parameters", {})) - used)


def references_make_no_circle(view: View) -> Iterator[str]:
    graph = {key: set(_mentioned(entry)) for key, entry in view.template["Resources"].items()}
    done: set[str] = set()

    def walk(key: str, above: tuple[str, ...]) -> Iterator[str]:
        if key in above:
            yield " -> ".join([*above[above.index(key) :], key])
        elif key not in done:
            for other in sorted(graph.get(key, ())):
                yield from walk(other, (*above, key))
            done.add(key)

    for key in graph:
        yield from walk(key, ())


def _mentioned(entry: Mapping[str, object]) -> Iterator[str]:
    yield from references(entry)
    yield from (str(name) for name in listed(entry.get("DependsOn", [])))


def nothing_is_a_parameter_that_would_not_go_live(view: View) -> Iterator[str]:
    """A changed parameter changes no digest: it may say where code lies, a prefix list, what another stack tells,
    or which release is served. And what a stack beside this one has made, of which the API knows nothing.
    """
    handed = {name for each in view.project.companions for name in each.template.data.get("Outputs", {})}
    for name in view.template.get("Parameters", {}):
        users = {view.kind(key) for key, entry in view.resources.items() if name in _mentioned(entry)}
        chooses = users <= {"Lambda::Alias", "ApiGateway::Stage", "ApiGatewayV2::Stage"}
        shared = view.template["Parameters"][name]["Type"].startswith("AWS::SSM::Parameter::")  # another stack's
        beside = name in handed and users <= {"CloudFront::Distribution", "WAFv2::WebACLAssociation"}
        known = shared or beside or name == "ArtifactBucket" or name.endswith("PrefixListId")
        if not known and not (users and chooses):
            yield f"{name} is a parameter"


def no_secret_stands_in_clear(view: View) -> Iterator[str]:
    for key, resource in view.resources.items():
        for name, value in resource.get("Properties", {}).items():
            if re.search(r"Password$|SecretString$|AuthToken$|ApiKeyValue", name) and isinstance(value, str):
                yield f"{name} of {key} stands in clear"


GUARANTEES = (
    text_says_what_the_data_says,
    properties_come_last,
    resources_say_why,
    arns_fit_every_partition,
    references_lead_somewhere,
    references_make_no_circle,
    nothing_is_a_parameter_that_would_not_go_live,
    no_secret_stands_in_clear,
)
