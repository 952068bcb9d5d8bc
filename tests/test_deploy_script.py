"""deploy.sh, run for real in a project, with a stand-in for the AWS CLI and for `tierforge package`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploying import ARN, CREATED, KEY, MISSING, Project, event, stack
from project_documents import BARE, CANARY, ENVIRONMENTS, FULL, GUARDED, STAGES, render
from support.catalog import CATALOG
from support.rendered import rendered

LEFTOVERS = yaml.safe_load((Path(CATALOG.root) / "project" / "leftovers.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def project(make_project: Callable[[dict[str, Any]], Project]) -> Project:
    return make_project(FULL)


def test_a_first_deploy_does_everything_in_order(project: Project) -> None:
    said = project.deploy("--yes")
    steps = [" ".join(call.split()[:2]) for call in project.aws.calls]
    order = [
        "sts get-caller-identity",
        "ec2 describe-managed-prefix-lists",
        "tierforge package",
        "s3 cp",
        "cloudformation deploy",
        "cloudformation describe-change-set",
        "cloudformation execute-change-set",
        "lambda invoke",
        "lambda list-versions-by-function",
    ]
    assert [step for step in dict.fromkeys(steps) if step in order] == order
    (deploy,) = project.calls("deploy")
    assert "--capabilities CAPABILITY_IAM --s3-bucket artifacts-1 --s3-prefix box-office/template" in deploy
    assert "--parameter-overrides ArtifactBucket=artifacts-1 DynamoDbPrefixListId=pl-6fa54006" in deploy
    assert "Account 111122223333, Region eu-west-1, stack box-office" in said
    assert "  Modify  AWS::Cognito::UserPool                        Pool   (is replaced)\n" in said
    assert "TicketsFunctionName\ttickets-fn" in said
    bundle = project.folder / "functions/info/global-bundle.pem"
    assert bundle.read_text() == "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem\n"


def test_apps_are_told_what_they_have_to_know(project: Project) -> None:
    project.deploy("--yes")
    assert (project.folder / "clients/config.json").read_text() == '{"apiUrl": "https://x", "signIn": null}\n'


def test_only_zips_of_this_package_are_uploaded(project: Project) -> None:
    project.deploy("--yes")
    zip_path = KEY.replace("box-office", "build")
    assert project.calls("cp") == [f"s3 cp --only-show-errors {zip_path} s3://artifacts-1/{KEY}"]


def test_nothing_is_uploaded_or_downloaded_twice(project: Project) -> None:
    project.aws.answers("s3api head-object", {})
    bundle = project.folder / "functions/info/global-bundle.pem"
    bundle.write_text("mine")
    said = project.deploy("--yes")
    assert f"{KEY} is there already" in said
    assert not project.calls("cp")
    assert bundle.read_text() == "mine"


def test_no_change_is_no_failure(project: Project) -> None:
    project.statuses("UPDATE_COMPLETE")
    project.aws.answers("cloudformation deploy box-office", "\nNo changes to deploy. Stack box-office is up to date\n")
    assert "Stack box-office is up to date." in project.deploy("--yes")
    assert not project.calls("execute-change-set")
    assert project.calls("invoke")  # a migration that failed last time is tried again


@pytest.mark.parametrize(("role", "choice"), [({}, "create"), ({"cloudwatchRoleArn": "arn:x"}, "keep")])
def test_a_missing_bootstrap_is_made(project: Project, role: dict[str, str], choice: str) -> None:
    project.aws.answers("apigateway get-account", role)
    project.aws.answers(
        "describe-stacks tierforge-bootstrap",
        *[MISSING, MISSING, stack("CREATE_COMPLETE", ArtifactBucketName="artifacts-2")],
    )
    project.deploy("--yes")
    bootstrap, application = project.calls("cloudformation", "deploy")
    assert "--template-file bootstrap.yaml --stack-name tierforge-bootstrap" in bootstrap
    assert bootstrap.endswith(f"--parameter-overrides LoggingRole={choice}")
    assert "ArtifactBucket=artifacts-2" in application


def test_the_bootstrap_is_bounded_as_the_organisation_asks(make_project: Callable[[dict[str, Any]], Project]) -> None:
    project = make_project(GUARDED)
    missing = [MISSING, MISSING, stack("CREATE_COMPLETE", ArtifactBucketName="artifacts-2")]
    project.aws.answers("describe-stacks tierforge-bootstrap", *missing)
    project.deploy("--yes")
    bootstrap, _ = project.calls("cloudformation", "deploy")
    assert "PermissionsBoundary=arn:aws:iam::111122223333:policy/edge RolePath=/apps/" in bootstrap


def test_a_plan_stops_after_the_change_set(project: Project) -> None:
    said = project.deploy("--plan")
    assert f"execute-change-set --change-set-name {ARN}" in said
    assert "2 changes" in said
    for call in ("execute-change-set", "invoke", "delete-function"):
        assert not project.calls(call)


def test_nobody_agrees_to_leave_data_behind_unasked(project: Project) -> None:
    table = {"ResourceType": "AWS::RDS::DBInstance", "LogicalResourceId": "InfoDatabase"}
    logs = {"ResourceType": "AWS::Logs::LogGroup", "LogicalResourceId": "InfoLogGroup"}
    anew = {"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndSnapshot"}
    gone = {"Action": "Remove", "PolicyAction": "Retain"}
    project.aws.answers(
        "cloudformation describe-change-set",
        {"Changes": [{"ResourceChange": table | anew}, {"ResourceChange": logs | gone}]},
    )
    said = project.deploy("--yes", code=1)
    assert "The application would go on without the data of: InfoDatabase." in said
    assert "say --leave-data too" in said
    assert not project.calls("execute-change-set")
    assert project.calls("delete-change-set", ARN)
    project.statuses(None, "CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    project.deploy("--yes", "--leave-data")
    assert project.calls("execute-change-set")


def test_what_releases_leave_is_no_data(project: Project) -> None:
    """The versions and the deployment of the release before are kept too, and so is a certificate of another name."""
    retained = {
        each.key: each.data["Type"]
        for name in ("http-api", "single-page-app", "site/edge")
        for each in rendered(name).template.resources()
        if "Retain" in each.data.get("UpdateReplacePolicy", "") and each.data["Type"] not in LEFTOVERS
    }
    assert set(retained.values()) == {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGatewayV2::Deployment",
        "AWS::CertificateManager::Certificate",
        "AWS::Lambda::Version",
    }
    changes = [
        {"Action": "Remove", "PolicyAction": "Retain", "ResourceType": kind, "LogicalResourceId": key}
        for key, kind in retained.items()
    ]
    project.aws.answers(
        "cloudformation describe-change-set", {"Changes": [{"ResourceChange": change} for change in changes]}
    )
    assert "without the data of" not in project.deploy("--yes")
    assert project.calls("execute-change-set")


def test_no_is_taken_for_an_answer(project: Project) -> None:
    project.statuses(None, "REVIEW_IN_PROGRESS")
    said = project.deploy(answer="n\n", code=1)
    assert "Deploy this to account 111122223333?" in said
    assert "stopped; nothing was deployed" in said
    assert not project.calls("execute-change-set")
    assert project.calls("delete-change-set", ARN)
    assert project.calls("delete-stack", "box-office")  # it was made by the change set


def test_yes_is_taken_for_an_answer(project: Project) -> None:
    project.deploy(answer="y\n")
    assert project.calls("execute-change-set")


def test_without_anybody_to_ask_it_does_nothing(project: Project) -> None:
    assert "say --yes to deploy" in project.deploy(code=2)
    assert not project.aws.calls


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--no"], "unknown option --no"),
        (["--region"], "--region needs a Region"),
        (["--parameter"], "--parameter needs NAME=VALUE"),
    ],
)
def test_wrong_usage(project: Project, options: list[str], message: str) -> None:
    said = project.deploy(*options, code=2)
    assert message in said
    assert "usage: ./deploy.sh" in said


def test_another_region_must_be_said(project: Project) -> None:
    said = project.deploy("--yes", code=1, AWS_REGION="us-east-2")
    assert "app.yaml is for eu-west-1, your AWS settings say us-east-2" in said
    assert not project.calls("deploy")
    said = project.deploy("--yes", "--region", "us-east-2", AWS_REGION="eu-west-1")
    assert "Region us-east-2" in said
    assert project.calls("Name=prefix-list-name,Values=com.amazonaws.us-east-2.dynamodb")


def test_parameters_are_passed_on(project: Project) -> None:
    project.deploy("--yes", "--parameter", "AlarmEmail=ops@example.com")
    assert "AlarmEmail=ops@example.com" in project.calls("deploy")[0].split()


def test_a_failed_first_deploy_is_removed_first(project: Project) -> None:
    project.statuses("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    project.aws.answers(
        "describe-stack-events",
        {
            "StackEvents": [
                event(9, "box-office", "ROLLBACK_COMPLETE"),
                event(4, "Later", "CREATE_FAILED", "Resource creation cancelled"),
                event(3, "Pool", "CREATE_FAILED", "Domain already associated with another user pool."),
            ]
        },
    )
    said = project.deploy("--yes")
    assert "First failure: Pool" in said
    calls = project.aws.calls
    removed = next(i for i, call in enumerate(calls) if call.startswith("cloudformation delete-stack"))
    assert calls[removed + 1] == "cloudformation wait stack-delete-complete --stack-name box-office"
    assert "execute-change-set" in " ".join(calls[removed:])


def test_a_plan_removes_nothing(project: Project) -> None:
    project.statuses("ROLLBACK_COMPLETE")
    project.aws.answers("describe-stack-events", {"StackEvents": []})
    assert "stack box-office is left as it is" in project.deploy("--plan", code=1)
    assert not project.calls("delete-stack")


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("UPDATE_IN_PROGRESS", "another deploy is running"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name box-office"),
        ("ROLLBACK_FAILED", "aws cloudformation delete-stack --stack-name box-office"),
        ("DELETE_FAILED", "deletion protection"),
    ],
)
def test_a_stack_that_can_take_no_deploy(project: Project, status: str, advice: str) -> None:
    project.statuses(status)
    blocked = {"LogicalResourceId": "Db", "PhysicalResourceId": "db-1", "ResourceStatus": "DELETE_FAILED"}
    project.aws.answers("list-stack-resources", {"StackResourceSummaries": [{**blocked, "ResourceStatusReason": "no"}]})
    said = project.deploy("--yes", code=1)
    assert advice in said
    assert status in said
    assert not project.calls("deploy")
    assert not project.calls("delete-stack")


REASONS = [
    ("CloudWatch Logs role ARN must be set in account settings to enable logging", "LoggingRole=create"),
    ("Cannot delete protected DB Instance, please disable deletion protection", "Turn the protection off"),
    ("Domain already associated with another user pool.", "auth.login_domain"),
    ("User pool already has a domain configured.", "aws cognito-idp delete-user-pool-domain"),
    (
        "One or more of the CNAMEs you provided are already associated with a different resource.",
        "without presentation.domain",
    ),
    (
        "an incorrectly configured DNS record that points to another CloudFront distribution.",
        "without presentation.domain",
    ),
    ("The maximum number of VPCs has been reached. (LimitExceeded)", "Service Quotas"),
    ("/aws/vendedlogs/x already exists in stack arn:y", "outside of the stack"),
    ("Update of resource type is not permitted. The new template modifies [FastCache]", "another name"),
    ("CloudFormation cannot update a stack when a custom-named resource requires replacing.", "another name"),
    ("User: arn:z is not authorized to perform: iam:CreateRole", "lack a permission"),
    ("Error occurred while GetObject. S3 Error Code: NoSuchKey.", "not template.yaml"),
    ("resource sg-1 has a dependent object", "40 minutes"),
    ("Unable to fetch parameters [/shop/ApiDomainName] from parameter store for this account.", "platform/deploy.sh"),
    ("ApiMapping key already exists for this domain name", "another base_path"),
    ("Something nobody has seen before", "Mend the cause"),
]


@pytest.mark.parametrize(("reason", "remedy"), REASONS)
def test_known_failures_have_a_remedy(reason: str, remedy: str) -> None:
    script = render("deploy.sh.j2", {**FULL, "service": "orders"})
    functions = [re.search(rf"^{name}\(\) {{.*?}}$", script, re.DOTALL | re.MULTILINE) for name in ("say", "remedy")]
    program = "\n".join(found[0] for found in functions if found) + '\nbootstrap_stack=b\nremedy "$1"'
    said = subprocess.run(["bash", "-euc", program, "-", reason], capture_output=True, text=True, check=True)
    assert remedy in said.stdout


def test_the_first_failure_is_told_with_its_remedy(project: Project) -> None:
    reason = "first of\ntwo lines: deletion protection"
    project.statuses("UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")

    def events(_: list[str]) -> dict[str, Any]:
        (call,) = project.calls("execute-change-set")
        token = call.split()[-1]
        return {
            "StackEvents": [
                event(4, "Stage", "UPDATE_FAILED", "a consequence", token),
                event(3, "Cause", "UPDATE_FAILED", reason, token),
                event(2, "Fine", "UPDATE_COMPLETE", None, token),
                event(1, "Cause", "UPDATE_FAILED", "of the deploy before", "earlier"),
            ]
        }

    project.aws.answers("describe-stack-events", events)
    said = project.deploy("--yes", code=1)
    assert "First failure: Cause (AWS::Some::Thing, id-of-Cause)" in said
    assert reason in said
    assert "What to do: It is protected from deletion." in said
    assert "a consequence" not in said
    assert "of the deploy before" not in said
    assert "the application is as it was before" in said
    assert not project.calls("invoke")


def test_a_migration_that_fails_is_told(project: Project) -> None:
    project.aws.answers("lambda invoke", {"FunctionError": "Unhandled", "Payload": {"errorMessage": 'near "tabel"'}})
    said = project.deploy("--yes", code=1)
    assert "the migration of info failed" in said
    assert "tabel" in said
    assert "mend migrations/info" in said


def test_a_deploy_without_credentials(project: Project) -> None:
    project.aws.answers("sts get-caller-identity", Exception("Unable to locate credentials"))
    assert "AWS does not know you" in project.deploy("--yes", code=1)


def test_a_refused_change_set(project: Project) -> None:
    project.aws.answers("cloudformation deploy box-office", Exception("Template error: unresolved"))
    said = project.deploy("--yes", code=1)
    assert "Template error: unresolved" in said
    assert "CloudFormation refuses the change set" in said


def test_the_last_five_versions_and_those_in_use_are_kept(project: Project) -> None:
    versions = {"Versions": [{"Version": v} for v in ["$LATEST", *map(str, range(1, 13))]]}
    weights = {"RoutingConfig": {"AdditionalVersionWeights": {"3": 0.1}}}
    project.aws.answers("lambda list-versions-by-function tickets-fn", versions)
    project.aws.answers(
        "lambda list-aliases tickets-fn",
        {"Aliases": [{"FunctionVersion": "12"}, {"FunctionVersion": "2", **weights}]},
    )
    project.aws.answers("lambda delete-function 7", Exception("in use"))
    said = project.deploy("--yes")
    gone = [call.split()[-1] for call in project.calls("delete-function", "tickets-fn")]
    assert sorted(gone, key=int) == ["1", "4", "5", "6", "7"]
    assert "is kept: AWS does not let it go yet" in said
    assert not project.calls("delete-function", "info-fn")


def test_an_application_without_extras(make_project: Callable[[dict[str, Any]], Project]) -> None:
    project = make_project(BARE)
    project.deploy("--yes")
    for call in ("describe-managed-prefix-lists", "invoke"):
        assert not project.calls(call)
    assert not (project.folder / "functions/info/global-bundle.pem").exists()


@pytest.fixture
def environments(make_project: Callable[[dict[str, Any]], Project]) -> Project:
    project = make_project(ENVIRONMENTS)
    package = 'mkdir -p "environments/$3" build/tickets; echo KEY >"environments/$3/packaged.yaml"'.replace("KEY", KEY)
    zip_path = KEY.replace("box-office", "build")
    project.program("tierforge", 'aws tierforge "$@"', package, f"touch {zip_path}")
    for name in ("dev", "prod"):
        outputs = {"TicketsFunctionName": f"{name}-tickets", "RestApiId": "api1"}  # fewer functions than another has
        done = stack("CREATE_COMPLETE", **outputs)
        looks = 3 if name == "prod" else 1  # before anything is made; one has stages to ask for as well
        project.aws.answers(f"describe-stacks box-office-{name}", *[MISSING] * looks, done)
        project.aws.answers(f"cloudformation deploy box-office-{name}", CREATED)
    return project


def test_apps_of_an_environment_have_a_file_of_their_own(environments: Project) -> None:
    done = stack("CREATE_COMPLETE", TicketsFunctionName="dev-tickets", RestApiId="api1", ClientConfig="{}")
    environments.aws.answers("describe-stacks box-office-dev", MISSING, done)
    environments.deploy("dev", "--yes")
    environments.aws.answers("sts get-caller-identity", {"Account": "444455556666"})
    environments.deploy("prod", "--yes")  # whose stack says nothing for apps
    assert [path.name for path in (environments.folder / "clients").iterdir()] == ["config.dev.json"]


def test_an_environment_is_deployed_to_its_own_stack(environments: Project) -> None:
    said = environments.deploy("dev", "--yes", AWS_REGION="us-west-2")
    assert "Account 111122223333, Region eu-west-1, stack box-office-dev" in said
    assert environments.calls("tierforge") == ["tierforge package --env dev"]
    (deploy,) = environments.calls("deploy")
    assert "--template-file environments/dev/packaged.yaml --stack-name box-office-dev" in deploy
    assert environments.calls("list-versions-by-function", "dev-tickets")


def test_an_environment_goes_to_no_other_account(environments: Project) -> None:
    said = environments.deploy("prod", "--yes", code=1)
    assert "prod is for account 444455556666, and you are signed in to account 111122223333" in said
    assert not environments.calls("deploy")
    environments.aws.answers("sts get-caller-identity", {"Account": "444455556666"})
    environments.aws.answers("apigateway get-stage", Exception("An error occurred (NotFoundException)"))
    environments.aws.answers("s3 cp", "")
    said = environments.deploy("prod", "--plan")
    assert "Region eu-central-1, stack box-office-prod" in said
    assert environments.calls("tierforge") == ["tierforge package --env prod --canary --stage prod"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--plan"], "which environment?"),
        (["staging", "--plan"], "there is no environment staging"),
        (["dev", "--plan", "--canary", "5"], "a deploy has no canary here"),
    ],
)
def test_wrong_usage_of_environments(environments: Project, options: list[str], message: str) -> None:
    assert message in environments.deploy(*options, code=2)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("context", [FULL, BARE, STAGES, CANARY, ENVIRONMENTS])
def test_shellcheck_finds_nothing(tmp_path: Path, context: dict[str, Any]) -> None:
    script = tmp_path / "deploy.sh"
    script.write_text(render("deploy.sh.j2", context))
    checked = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert checked.stdout == ""


def test_names_that_are_not_shell_words_stay_names() -> None:
    text = render("deploy.sh.j2", {**BARE, "targets": [{**BARE["targets"][0], "stack_name": "a b; touch $(hacked)"}]})
    assert "stack='a b; touch $(hacked)'\n" in text


EDGE = {
    "stack_name": "box-office-edge",
    "region": "us-east-1",
    "template": "edge/template.yaml",
    "parameters": ["SiteCertificateArn"],
}


@pytest.fixture
def accompanied(make_project: Callable[[dict[str, Any]], Project]) -> Project:
    """A project with a stack in us-east-1; its calls of the AWS CLI are written down with their Region."""
    project = make_project({**FULL, "targets": [{**FULL["targets"][0], "companions": [EDGE]}]})
    project.program("aws", 'printf "%s %s\\n" "$AWS_REGION" "$*" >>"$HOME/regions"', project.aws.program)
    project.aws.answers("cloudformation deploy box-office-edge", CREATED)
    made = stack("CREATE_COMPLETE", SiteCertificateArn="arn:certificate")
    project.aws.answers("describe-stacks box-office-edge", MISSING, stack("CREATE_IN_PROGRESS"), made, made, made)
    return project


def test_a_stack_elsewhere_stands_first_and_its_outputs_are_parameters(accompanied: Project) -> None:
    accompanied.deploy("--yes")
    deploys = [
        line
        for line in (accompanied.folder / "regions").read_text().splitlines()
        if " cloudformation deploy " in line or " execute-change-set " in line
    ]
    edge, _, own, _ = deploys
    regions = [line.partition(" ")[0] for line in deploys]
    assert regions == ["us-east-1", "us-east-1", "eu-west-1", "eu-west-1"]
    assert "--template-file edge/template.yaml" in edge
    assert "SiteCertificateArn=arn:certificate" in own


def test_what_comes_after_a_stack_that_is_not_there_is_not_planned(accompanied: Project) -> None:
    accompanied.aws.answers("describe-stacks box-office-edge", MISSING, stack("REVIEW_IN_PROGRESS"))
    assert "can be planned once it stands" in accompanied.deploy("--plan")
    assert len(accompanied.calls("cloudformation", "deploy")) == 1
    assert not accompanied.calls("execute-change-set")


def test_a_failure_of_the_stack_elsewhere_stops_everything(accompanied: Project) -> None:
    accompanied.aws.answers("describe-stacks box-office-edge", MISSING, stack("ROLLBACK_COMPLETE"))
    accompanied.aws.answers(
        "describe-stack-events box-office-edge",
        {"StackEvents": [event(1, "SiteCertificate", "CREATE_FAILED", "AccessDenied")]},
    )
    assert "the deploy failed" in accompanied.deploy("--yes", code=1)
    assert len(accompanied.calls("cloudformation", "deploy")) == 1


def changes(*found: tuple[str, str, str]) -> dict[str, Any]:
    keys = ("Action", "ResourceType", "LogicalResourceId")
    return {"Changes": [{"ResourceChange": dict(zip(keys, each, strict=True))} for each in found]}


OFF = changes(("Remove", "AWS::WAFv2::WebACL", "SiteWebAcl"))


def test_what_the_application_still_uses_elsewhere_goes_after_it(accompanied: Project) -> None:
    """AWS deletes no web ACL and no certificate that a distribution has: CloudFormation would leave it, unseen."""
    standing = stack("UPDATE_COMPLETE", SiteCertificateArn="arn:certificate", SiteWebAclArn="arn:acl")
    accompanied.aws.answers("describe-stacks box-office-edge", standing)
    accompanied.aws.answers("describe-change-set", OFF, changes(("Modify", "AWS::CloudFront::Distribution", "D")), OFF)
    assert "in use until the application has let go of it" in accompanied.deploy("--yes")
    lines = (accompanied.folder / "regions").read_text().splitlines()
    assert [line.split()[0] for line in lines if " execute-change-set " in line] == ["eu-west-1", "us-east-1"]
    assert len(accompanied.calls("delete-change-set")) == 1


def test_what_is_new_elsewhere_does_not_come_while_something_goes(accompanied: Project) -> None:
    accompanied.aws.answers("describe-stacks box-office-edge", stack("UPDATE_COMPLETE", SiteWebAclArn="arn:acl"))
    accompanied.aws.answers("describe-change-set", OFF)
    said = accompanied.deploy("--yes", code=1)
    assert "box-office-edge would bring SiteCertificateArn and take away what is in use" in said
    assert not accompanied.calls("execute-change-set")


def test_what_is_new_elsewhere_is_planned_alone(accompanied: Project) -> None:
    accompanied.aws.answers("describe-stacks box-office-edge", stack("UPDATE_COMPLETE", SiteWebAclArn="arn:acl"))
    assert "can be planned once SiteCertificateArn is there" in accompanied.deploy("--plan")
    assert len(accompanied.calls("cloudformation", "deploy")) == 1


def test_a_stack_elsewhere_that_nothing_needs_is_told_of(make_project: Callable[[dict[str, Any]], Project]) -> None:
    unneeded = {**EDGE, "template": "", "parameters": []}
    project = make_project({**FULL, "targets": [{**FULL["targets"][0], "companions": [unneeded]}]})
    project.aws.answers("describe-stacks box-office-edge", stack("UPDATE_COMPLETE"), MISSING)
    command = "aws cloudformation delete-stack --stack-name box-office-edge --region us-east-1"
    assert command in project.deploy("--yes")
    assert command not in project.deploy("--yes")
    assert not project.calls("delete-stack")


def test_what_services_share_is_deployed_as_it_stands(make_project: Callable[[dict[str, Any]], Project]) -> None:
    """No function is in it: nothing is packaged, uploaded or pruned, and tierforge need not be there."""
    project = make_project({**BARE, "functions": [], "shared": True, "service": "platform"})
    (project.folder / "bin/tierforge").unlink()
    project.deploy("--yes")
    (deploy,) = project.calls("deploy")
    assert "--template-file template.yaml" in deploy
    assert not project.calls("s3api")
    assert not project.calls("lambda")


def test_a_service_is_packaged_by_its_name_and_for_its_account(
    make_project: Callable[[dict[str, Any]], Project],
) -> None:
    project = make_project(
        {**BARE, "service": "orders", "targets": [{**BARE["targets"][0], "account_id": "111122223333"}]}
    )
    project.program(
        "tierforge",
        f'echo "$@" >said; echo {KEY} >packaged.yaml; mkdir -p build/tickets',
        f"touch {KEY.replace('box-office', 'build')}",
    )
    project.deploy("--yes")
    assert (project.folder / "said").read_text() == "package --blueprint ../../app.yaml --service orders\n"
    project.aws.answers("sts get-caller-identity", {"Account": "444455556666"})
    assert "box-office is for account 111122223333" in project.deploy("--yes", code=1)
