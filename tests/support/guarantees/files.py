"""File systems are mounted over TLS, through access points, by functions that wait for what they mount."""

from __future__ import annotations

from collections.abc import Iterator

from support.guarantees import stores
from support.guarantees.view import View, ref
from tierforge.model import Part

ACCESS_POINT = "elasticfilesystem:AccessPointArn"
DENIED = ({"Bool": {"aws:SecureTransport": "false"}}, {"Null": {ACCESS_POINT: "true"}})


def file_systems_take_tls_and_access_points_only(view: View) -> Iterator[str]:
    for key, files in view.of("EFS::FileSystem"):
        denied = [s["Condition"] for s in files["FileSystemPolicy"]["Statement"] if s["Effect"] == "Deny"]
        yield from (f"{key} does not deny {wanted}" for wanted in DENIED if wanted not in denied)
    for key, point in view.of("EFS::AccessPoint"):
        if "0" in point["PosixUser"].values():
            yield f"{key} makes everybody root"


def functions_mount_what_they_use(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        mounted = [use.part for use in function.uses if use.part.component.name == "efs"][:1]
        points = [stores.mount(part)[1] for part in mounted]
        said = view.properties(f"{function.id}Function").get("FileSystemConfigs", [])
        if [config["Arn"] for config in said] != points:
            yield f"{function.name} mounts {said}"
        policies = view.properties(f"{function.id}Role")["Policies"]
        for statement in (statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]):
            by = statement.get("Condition", {}).get("StringEquals", {}).get(ACCESS_POINT)
            if "elasticfilesystem:ClientMount" in statement["Action"] and by not in points:
                yield f"{function.name} may mount through another access point"
        waits = view.resources[f"{function.id}Function"].get("DependsOn", ())
        for part in mounted:
            needed = {*_targets(part, view), *(f"{function.id}To{part.id}{rule}" for rule in ("Egress", "Ingress"))}
            if missing := needed - set(waits):
                yield f"{function.name} does not wait for {sorted(missing)}"


def _targets(store: Part, view: View) -> Iterator[str]:
    """A mount target stands in each of the subnets, or Lambda does not find one where it runs."""
    files = ref(f"{store.id}FileSystem")
    return (key for key, target in view.of("EFS::MountTarget") if target["FileSystemId"] == files)


GUARANTEES = (file_systems_take_tls_and_access_points_only, functions_mount_what_they_use)
