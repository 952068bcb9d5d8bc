"""What must hold in every template holds in every recorded one, and no guarantee overlooks what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from support.broken import GONE, broken
from support.guarantees import BESIDE, GUARANTEES, guarantees
from support.guarantees.view import View
from support.rendered import rendered

NAMED = {guarantee.__name__: guarantee for guarantee in (*GUARANTEES, *BESIDE)}
ACL = "Resources/WebAcl/Properties"
TICKETS, TABLE = "Resources/TicketsFunction/Properties", "Resources/TicketsTable/Properties"
STATEMENT = "Resources/InfoRole/Properties/Policies/0/PolicyDocument/Statement"
STAGE, METHOD = "Resources/ApiStage/Properties", "Resources/TicketsIdGet/Properties"
DATABASE, POOL = "Resources/InfoDatabase/Properties", "Resources/UserPool/Properties"
ENDPOINT = "Resources/SecretsmanagerEndpoint/Properties"
LINES, PROD = "requests_leave_a_line_that_programs_read", "Resources/ProdApiStage/Properties"
CONFIG = "Resources/SiteDistribution/Properties/DistributionConfig"
HEADERS = "Resources/SiteHeaders/Properties/ResponseHeadersPolicyConfig"
RATE, RECORD = (
    "Resources/SiteWebAcl/Properties/Rules/0/Statement/RateBasedStatement",
    "Resources/SiteDnsRecords/Properties/RecordSets/0",
)
OF_PAGES = "buckets_of_pages_are_read_by_their_distribution_alone"
PAGE_FUNCTION = [{"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["SitePageFunction", "FunctionARN"]}}]
DASHBOARD, ARCHIVE = "Resources/Dashboard/Properties", "Resources/LogArchiveBucket/Properties"


def bucket(**properties: Any) -> dict[str, Any]:
    """A bucket as tierforge makes them, but for these properties and without its policy."""
    by_default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    made = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [by_default]}, **properties}
    return {"Type": "AWS::S3::Bucket", "Properties": made}


# Each fault in a template of golden/mobile-backend, and the guarantee that has to find it.
FAULTS: list[tuple[str, str, Any]] = [
    ("stores_are_encrypted", f"{TABLE}/SSESpecification/SSEEnabled", False),
    ("stores_are_encrypted", f"{DATABASE}/StorageEncrypted", GONE),
    ("stores_are_encrypted", "Resources/AlarmTopic/Properties/KmsMasterKeyId", GONE),
    ("stores_are_encrypted", "Resources/AlarmTopicKey/Properties/EnableKeyRotation", False),
    ("stores_take_tls_only", "Resources/InfoParameterGroup/Properties/Parameters", {"rds.force_ssl": "0"}),
    ("stores_take_tls_only", f"{DATABASE}/PubliclyAccessible", True),
    ("stores_are_encrypted", "Resources/Open", bucket(BucketEncryption={"ServerSideEncryptionConfiguration": [{}]})),
    ("stores_take_tls_only", "Resources/Open", bucket()),
    ("buckets_are_private", "Resources/Open", bucket(PublicAccessBlockConfiguration={"BlockPublicAcls": True})),
    ("backups_reach_back", "Resources/Open", bucket(VersioningConfiguration={"Status": "Suspended"})),
    ("backups_reach_back", f"{TABLE}/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", False),
    ("backups_reach_back", f"{DATABASE}/BackupRetentionPeriod", 0),
    ("logs_end", "Resources/TicketsLogGroup/Properties/RetentionInDays", GONE),
    ("data_stays_or_goes_as_the_blueprint_says", "Resources/TicketsTable/UpdateReplacePolicy", GONE),
    ("data_stays_or_goes_as_the_blueprint_says", "Resources/TicketsTable/DeletionPolicy", "Delete"),
    ("data_stays_or_goes_as_the_blueprint_says", "Resources/TicketsTable/UpdateReplacePolicy", "Delete"),
    ("data_stays_or_goes_as_the_blueprint_says", "Resources/AccessLogGroup/DeletionPolicy", "Retain"),
    ("protection_against_deletion", f"{TABLE}/DeletionProtectionEnabled", GONE),
    ("protection_against_deletion", f"{DATABASE}/DeletionProtection", False),
    ("protection_against_deletion", f"{POOL}/DeletionProtection", "INACTIVE"),
    ("nothing_named_that_would_be_replaced", f"{TABLE}/TableName", "tickets"),
    ("taggable_resources_are_tagged", f"{TABLE}/Tags", GONE),
    ("taggable_resources_are_tagged", f"{POOL}/UserPoolTags", {}),
    ("secrets_are_made_by_aws", "Resources/InfoSecret/Properties/SecretString", "hunter2"),
    ("secrets_are_made_by_aws", "Resources/InfoSecretRotation/Properties/SecretId", {"Ref": "InfoSecret"}),
    ("secrets_are_made_by_aws", f"{DATABASE}/ManageMasterUserPassword", GONE),
    ("routes_are_those_of_the_blueprint", "Resources/ShowsGet", GONE),
    ("routes_are_those_of_the_blueprint", "Resources/ShowsResource/Properties/PathPart", "show"),
    ("routes_ask_who_calls", f"{METHOD}/AuthorizationType", "NONE"),
    ("routes_ask_who_calls", f"{METHOD}/AuthorizerId", GONE),
    ("routes_ask_who_calls", f"{METHOD}/AuthorizationScopes", GONE),
    ("routes_ask_who_calls", "Resources/Authorizer/Properties/ProviderARNs", ["arn:of:another:pool"]),
    ("routes_reach_their_functions_alias", f"{METHOD}/Integration/IntegrationHttpMethod", "GET"),
    ("routes_reach_their_functions_alias", f"{METHOD}/Integration/TimeoutInMillis", 28000),
    (
        "routes_reach_their_functions_alias",
        f"{METHOD}/Integration/Uri",
        {"Fn::Sub": "${TicketsFunction.Arn}/invocations"},
    ),
    ("routes_reach_their_functions_alias", f"{STAGE}/Variables/ticketsAlias", "canary"),
    ("requests_are_validated", "Resources/TicketsPost/Properties/RequestValidatorId", {"Ref": "ParameterValidator"}),
    ("requests_are_validated", f"{METHOD}/RequestParameters", GONE),
    ("requests_are_validated", "Resources/BodyValidator/Properties/ValidateRequestBody", False),
    ("deployments_wait_for_what_they_deploy", "Resources/ApiDeployment/DependsOn/0", GONE),
    ("deployments_wait_for_what_they_deploy", "Resources/ApiDeployment/Properties/StageName", "prod"),
    ("deployments_wait_for_what_they_deploy", "Resources/ApiDeployment/UpdateReplacePolicy", "Delete"),
    ("stages_keep_what_is_moved_to_them", f"{STAGE}/DeploymentId", "moved1"),
    ("canaries_are_apart_from_what_is_stable", f"{STAGE}/CanarySetting", {"PercentTraffic": 10}),
    ("stages_are_watched_and_throttled", f"{STAGE}/MethodSettings/0/DataTraceEnabled", True),
    ("stages_are_watched_and_throttled", f"{STAGE}/MethodSettings/0/ResourcePath", "/tickets"),
    ("stages_are_watched_and_throttled", f"{STAGE}/MethodSettings/0/LoggingLevel", "DEBUG"),
    ("stages_are_watched_and_throttled", f"{STAGE}/TracingEnabled", False),
    ("stages_are_watched_and_throttled", "Resources/ExecutionLogGroup/Properties/LogGroupName", {"Fn::Sub": "logs"}),
    ("faults_are_answered_in_json", "Resources/Default4xxResponse", GONE),
    (
        "faults_are_answered_in_json",
        "Resources/Default5xxResponse/Properties/ResponseTemplates",
        {"text/plain": '"oops"'},
    ),
    ("browsers_may_call_where_the_blueprint_says", f"{METHOD}/HttpMethod", "OPTIONS"),
    ("outputs_say_how_to_reach_it", "Outputs/ApiUrl", GONE),
    ("only_whom_the_blueprint_names_gets_in", "Resources/RestApi/Properties/EndpointConfiguration/Types", ["EDGE"]),
    ("endpoints_are_open_to_those_it_is_for", "Resources/InfoToInfoIngress/Properties/CidrIp", "10.0.0.0/8"),
    ("a_domain_is_the_only_door", "Resources/RestApi/Properties/DisableExecuteApiEndpoint", True),
    ("stages_keep_what_the_blueprint_says", f"{STAGE}/CacheClusterEnabled", True),
    ("stages_keep_what_the_blueprint_says", f"{STAGE}/MethodSettings/0/CachingEnabled", True),
    ("kept_answers_go_to_those_they_are_for", f"{METHOD}/Integration/CacheKeyParameters", ["method.request.path.id"]),
    ("keys_are_asked_for_and_counted", f"{METHOD}/ApiKeyRequired", True),
    ("the_stage_has_the_firewall_of_the_blueprint", "Resources/WebAclAssociation", GONE),
    (
        "the_stage_has_the_firewall_of_the_blueprint",
        "Resources/WebAclAssociation/Properties/ResourceArn",
        {"Ref": "ApiStage"},
    ),
    ("rules_can_be_evaluated", f"{ACL}/Scope", "CLOUDFRONT"),
    ("rules_can_be_evaluated", f"{ACL}/Rules/1/Priority", 0),
    ("rules_can_be_evaluated", f"{ACL}/Rules/2/OverrideAction", GONE),
    ("rules_can_be_evaluated", f"{ACL}/Rules/5", GONE),
    (
        "large_bodies_are_not_refused_in_silence",
        f"{ACL}/Rules/3/Statement/ManagedRuleGroupStatement/RuleActionOverrides",
        [],
    ),
    ("stacks_count_by_themselves", f"{ACL}/VisibilityConfig/MetricName", "web-acl"),
    ("stacks_count_by_themselves", f"{TICKETS}/Environment/Variables/POWERTOOLS_METRICS_NAMESPACE", "box-office"),
    ("firewall_logs_arrive_without_secrets", "Resources/WafLogging/Properties/RedactedFields/0", GONE),
    ("firewall_logs_arrive_without_secrets", "Resources/WafLogGroup/Properties/LogGroupName/Fn::Sub/0", "waf-logs"),
    ("roles_are_for_one_function", f"{TICKETS}/Role", {"Fn::GetAtt": ["ShowsRole", "Arn"]}),
    ("roles_are_for_one_function", "Resources/ShowsRole/Properties/ManagedPolicyArns", ["an ARN"]),
    (
        "roles_grant_what_the_uses_need",
        f"{STATEMENT}/2/Action",
        ["secretsmanager:GetSecretValue", "secretsmanager:DeleteSecret"],
    ),
    ("roles_grant_what_the_uses_need", f"{STATEMENT}/2", GONE),
    ("policies_have_no_wildcards", f"{STATEMENT}/2/Action", "secretsmanager:*"),
    ("policies_have_no_wildcards", f"{STATEMENT}/2/Resource", "*"),
    ("policies_have_no_wildcards", f"{ENDPOINT}/PolicyDocument/Statement/0/Condition", GONE),
    ("aliases_are_called_by_their_api_alone", "Resources/TicketsPermission", GONE),
    (
        "aliases_are_called_by_their_api_alone",
        "Resources/TicketsPermission/Properties/FunctionName",
        {"Ref": "TicketsFunction"},
    ),
    (
        "aliases_are_called_by_their_api_alone",
        "Resources/TicketsPermission/Properties/SourceArn",
        {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${RestApi}/*/*/tickets*"},
    ),
    ("releases_are_immutable", "Resources/TicketsAlias/Properties/FunctionVersion", "$LATEST"),
    ("releases_are_immutable", "Resources/TicketsVersion/DeletionPolicy", "Delete"),
    (
        "aliases_are_moved_by_one_hand",
        "Resources/TicketsAlias",
        {"Type": "AWS::Lambda::Alias", "UpdatePolicy": {}, "Properties": {"RoutingConfig": {}}},
    ),
    ("functions_run_as_the_blueprint_says", f"{TICKETS}/Timeout", 29),
    ("functions_run_as_the_blueprint_says", f"{TICKETS}/LoggingConfig/LogGroup", {"Ref": "ShowsLogGroup"}),
    ("functions_run_as_the_blueprint_says", f"{TICKETS}/Layers", ["arn:aws:lambda:us-east-1:1:layer:x:1"]),
    (
        "executions_are_started_where_callers_are",
        "Resources/TicketsAlias/Properties/ProvisionedConcurrencyConfig",
        {"ProvisionedConcurrentExecutions": 1},
    ),
    (
        "executions_are_started_where_callers_are",
        "Resources/TicketsVersion/Properties/ProvisionedConcurrencyConfig",
        {"ProvisionedConcurrentExecutions": 1},
    ),
    ("variables_name_their_store", f"{TICKETS}/Environment/Variables/TABLE", "tickets"),
    ("variables_name_their_store", f"{TICKETS}/Environment/Variables/TICKETS_TABLE_NAME", GONE),
    ("variables_name_their_store", f"{TICKETS}/Environment/Variables/TICKETS_KEY", "{{resolve:secretsmanager:x}}"),
    (
        "master_secrets_are_for_migrations",
        f"{STATEMENT}/2/Resource",
        {"Fn::GetAtt": ["InfoDatabase", "MasterUserSecret.SecretArn"]},
    ),
    ("groups_let_nothing_out_by_themselves", "Resources/InfoSecurityGroup/Properties/SecurityGroupEgress", GONE),
    ("groups_let_nothing_out_by_themselves", "Resources/InfoSecurityGroup/Properties/SecurityGroupIngress", []),
    ("functions_reach_what_they_use_and_nothing_else", "Resources/InfoToInfoEgress", GONE),
    ("functions_reach_what_they_use_and_nothing_else", "Resources/InfoToInfoEgress/Properties/ToPort", 5433),
    ("doors_open_from_one_side_to_the_other", "Resources/InfoToInfoIngress", GONE),
    (
        "doors_open_from_one_side_to_the_other",
        "Resources/InfoToEndpointsIngress/Properties/GroupId",
        {"Fn::GetAtt": ["InfoSecurityGroup", "GroupId"]},
    ),
    (
        "rules_are_said_once",
        "Resources/InfoMigrateToInfoEgress/Properties/GroupId",
        {"Fn::GetAtt": ["InfoFunctionSecurityGroup", "GroupId"]},
    ),
    ("rules_are_narrow", "Resources/InfoToInfoEgress/Properties/CidrIp", "0.0.0.0/0"),
    ("rules_are_narrow", "Resources/InfoToInfoEgress/Properties/ToPort", 70000),
    ("functions_are_in_the_vpc_only_for_a_store", "Resources/InfoFunction/Properties/VpcConfig", GONE),
    ("functions_are_in_the_vpc_only_for_a_store", f"{TICKETS}/VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []}),
    ("services_have_a_way_in", "Resources/SecretsmanagerEndpoint", GONE),
    ("services_have_a_way_in", f"{ENDPOINT}/PrivateDnsEnabled", False),
    (
        "services_have_a_way_in",
        f"{ENDPOINT}/PolicyDocument/Statement/0/Condition/StringEquals/aws:ResourceAccount",
        GONE,
    ),
    ("subnets_are_private", "Resources/PrivateSubnetA/Properties/MapPublicIpOnLaunch", True),
    ("subnets_are_private", "Resources/PrivateSubnetARoutes", GONE),
    ("ways_out_are_those_of_the_blueprint", "Resources/Door", {"Type": "AWS::EC2::InternetGateway"}),
    ("refused_connections_are_logged", "Resources/FlowLog", GONE),
    ("apis_have_values_that_exist", "Resources/RestApi/Properties/EndpointConfiguration/Types", ["REGION"]),
    ("apis_have_values_that_exist", "Resources/RestApi/Properties/EndpointConfiguration/IpAddressType", "ipv6"),
    ("apis_have_values_that_exist", "Resources/ThrottledResponse/Properties/ResponseType", "SLOW_DOWN"),
    (
        "principals_exist",
        "Resources/InfoRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal",
        {"Services": "x"},
    ),
    ("arns_stand_where_arns_are_wanted", f"{TICKETS}/Role", {"Ref": "TicketsRole"}),
    ("databases_can_be_made", f"{DATABASE}/EngineVersion", "8.4"),
    ("databases_can_be_made", f"{DATABASE}/MaxAllocatedStorage", 20),
    ("tables_say_the_attributes_of_their_keys", f"{TABLE}/AttributeDefinitions/0", GONE),
    ("people_sign_in_safely", f"{POOL}/Policies/PasswordPolicy/RequireSymbols", False),
    ("people_sign_in_safely", f"{POOL}/Schema", []),
    ("people_sign_in_safely", "Resources/AppClient/Properties/GenerateSecret", True),
    ("people_sign_in_safely", "Resources/AppClient/Properties/ExplicitAuthFlows", ["ALLOW_USER_SRP_AUTH"]),
    ("text_says_what_the_data_says", "Description", "another"),
    ("properties_come_last", "Resources/TicketsTable/DependsOn", []),
    ("resources_say_why", "Resources/TicketsTable/Metadata/com.aws.cloudformation.Context/why", " "),
    ("arns_fit_every_partition", f"{STATEMENT}/2/Resource", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"),
    ("references_lead_somewhere", "Resources/TicketsTable", GONE),
    ("references_lead_somewhere", "Parameters/Unused", {"Type": "String"}),
    ("references_make_no_circle", "Resources/TicketsTable/DependsOn", ["TicketsFunction"]),
    ("nothing_is_a_parameter_that_would_not_go_live", "Parameters/Origin", {"Type": "String"}),
    ("no_secret_stands_in_clear", f"{DATABASE}/MasterUserPassword", "hunter2"),
]

# The same for a template of golden/http-cognito.
HTTP_ROUTE, HTTP_STAGE = "Resources/BooksGetRoute/Properties", "Resources/ApiStage/Properties"
HTTP_FAULTS: list[tuple[str, str, Any]] = [
    ("http_routes_are_those_of_the_blueprint", f"{HTTP_ROUTE}/RouteKey", "GET /elsewhere"),
    ("http_routes_ask_who_calls", f"{HTTP_ROUTE}/AuthorizationType", "NONE"),
    ("http_routes_ask_who_calls", f"{HTTP_ROUTE}/AuthorizationScopes", GONE),
    ("http_routes_ask_who_calls", "Resources/HealthGetRoute/Properties/AuthorizationType", "AWS_IAM"),
    ("http_routes_ask_who_calls", "Resources/Authorizer/Properties/JwtConfiguration/Audience", ["anyone"]),
    ("http_routes_ask_who_calls", "Resources/Authorizer/Properties/IdentitySource/0", "$request.querystring.token"),
    ("http_routes_reach_their_functions_alias", f"{HTTP_ROUTE}/Target", {"Fn::Sub": "integrations/${Nothing}"}),
    (
        "http_routes_reach_their_functions_alias",
        f"{HTTP_ROUTE}/Target",
        {"Fn::Sub": "integrations/${NotesIntegration}"},
    ),
    ("http_routes_reach_their_functions_alias", "Resources/BooksIntegration/Properties/PayloadFormatVersion", "1.0"),
    ("http_routes_reach_their_functions_alias", f"{HTTP_STAGE}/StageVariables/booksAlias", "canary"),
    ("http_deployments_wait_for_what_they_deploy", "Resources/ApiDeployment/DependsOn/0", "NotesGetRoute"),
    ("http_deployments_wait_for_what_they_deploy", f"{HTTP_STAGE}/AutoDeploy", True),
    ("http_stages_keep_what_is_moved_to_them", f"{HTTP_STAGE}/DeploymentId", "moved1"),
    ("http_stages_are_watched_and_throttled", f"{HTTP_STAGE}/DefaultRouteSettings/ThrottlingRateLimit", 0),
    ("http_stages_are_watched_and_throttled", f"{HTTP_STAGE}/RouteSettings", GONE),
    (
        "http_browsers_may_call_where_the_blueprint_says",
        "Resources/HttpApi/Properties/CorsConfiguration",
        {"AllowOrigins": ["*"]},
    ),
    ("http_outputs_say_how_to_reach_it", "Outputs/ApiUrl", GONE),
    (
        "aliases_are_called_by_their_api_alone",
        "Resources/BooksPermission/Properties/SourceArn",
        {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*/*/books*"},
    ),
]
DIRECT, FUNCTION = "Resources/GuestsIdGet/Properties", "Resources/ReportsIdGet/Properties"
CALL = "Resources/GuestsIdGetRole/Properties"
INTEGRATION_FAULTS: list[tuple[str, str, Any]] = [
    ("mapped_answers_are_complete", f"{DIRECT}/Integration/IntegrationResponses/1/SelectionPattern", GONE),
    ("mapped_answers_are_complete", f"{DIRECT}/Integration/IntegrationResponses/1/StatusCode", "200"),
    ("mapped_answers_are_complete", f"{DIRECT}/MethodResponses/0", GONE),
    ("mapped_answers_are_complete", f"{DIRECT}/MethodResponses/0/ResponseParameters", {}),
    ("mapped_answers_are_complete", "Resources/PhotosIdPut/Properties/RequestParameters", {}),
    ("mapped_answers_are_for_browsers_too", f"{DIRECT}/Integration/IntegrationResponses/2/ResponseParameters", {}),
    ("services_are_called_by_a_role_for_one_call", f"{DIRECT}/Integration/Credentials", GONE),
    ("services_are_called_by_a_role_for_one_call", f"{FUNCTION}/Integration/Credentials", {"Ref": "GuestsIdGetRole"}),
    (
        "services_are_called_by_a_role_for_one_call",
        f"{CALL}/Policies/0/PolicyDocument/Statement/0/Action",
        ["dynamodb:GetItem", "dynamodb:Query"],
    ),
    (
        "services_are_called_by_a_role_for_one_call",
        f"{CALL}/AssumeRolePolicyDocument/Statement/0/Condition",
        {"ArnLike": {"aws:SourceArn": "x"}},
    ),
    ("services_get_post_requests", f"{DIRECT}/Integration/IntegrationHttpMethod", "GET"),
    ("services_get_post_requests", f"{FUNCTION}/Integration/IntegrationHttpMethod", "GET"),
    ("what_fails_behind_an_answer_is_kept", "Resources/ReportsInvocations", GONE),
    (
        "what_fails_behind_an_answer_is_kept",
        "Resources/ReportsInvocations/Properties/DestinationConfig/OnFailure/Destination",
        "an ARN",
    ),
]
ORDERS, SALES = "Resources/OrdersWorkerSource/Properties", "Resources/SalesWorkerSource/Properties"
# The same in the template of tests/blueprints/workers.yaml.
WORKER_FAULTS: list[tuple[str, str, Any]] = [
    ("workers_are_called_by_their_alias", f"{ORDERS}/FunctionName", {"Ref": "OrdersWorkerFunction"}),
    ("workers_are_called_by_their_alias", "Resources/PaidWorkerRule", GONE),
    ("failures_end_somewhere", f"{ORDERS}/FunctionResponseTypes", GONE),
    ("failures_end_somewhere", f"{SALES}/MaximumRetryAttempts", -1),
    ("failures_end_somewhere", f"{SALES}/MaximumRecordAgeInSeconds", GONE),
    ("failures_end_somewhere", f"{SALES}/BisectBatchOnFunctionError", False),
    ("failures_end_somewhere", f"{SALES}/DestinationConfig", GONE),
    ("failures_end_somewhere", "Resources/NightlyWorkerRetries", GONE),
    ("failures_end_somewhere", "Resources/NightlyWorkerRetries/Properties/Qualifier", "$LATEST"),
    ("failures_end_somewhere", "Resources/NightlyWorkerSchedule/Properties/Target/DeadLetterConfig", GONE),
    ("failures_end_somewhere", "Resources/ScansWorkerRule/Properties/Targets/0/RetryPolicy", GONE),
    ("queues_are_safe", "Resources/SalesWorkerDeadLetters/Properties/SqsManagedSseEnabled", False),
    ("queues_are_safe", "Resources/OrdersQueuePolicy", GONE),
    ("queues_are_safe", "Resources/OrdersQueue/Properties/RedrivePolicy", GONE),
    ("queues_are_safe", "Resources/OrdersQueue/Properties/VisibilityTimeout", 120),
    ("queues_are_safe", "Resources/OrdersDeadLetters/Properties/MessageRetentionPeriod", 60),
    ("streams_are_encrypted", "Resources/SalesWorkerStream/Properties/StreamEncryption", GONE),
    ("data_stays_or_goes_as_the_blueprint_says", "Resources/SalesWorkerStream/DeletionPolicy", "Delete"),
]
ORIGIN, API_ORIGIN = f"{CONFIG}/Origins/0", f"{CONFIG}/Origins/1"
PAGE_STATEMENT = "Resources/SiteBucketPolicy/Properties/PolicyDocument/Statement"
# The same in golden/site.
SITE_FAULTS: list[tuple[str, str, Any]] = [
    ("a_page_is_hosted_where_the_blueprint_says", "Resources/SiteDistribution", GONE),
    (OF_PAGES, f"{ORIGIN}/DomainName", {"Fn::GetAtt": ["SiteBucket", "DomainName"]}),
    (OF_PAGES, f"{ORIGIN}/OriginAccessControlId", GONE),
    (OF_PAGES, f"{ORIGIN}/S3OriginConfig/OriginAccessIdentity", "origin-access-identity/cloudfront/E1"),
    (OF_PAGES, f"{PAGE_STATEMENT}/0/Principal", "*"),
    (OF_PAGES, f"{PAGE_STATEMENT}/0/Condition", GONE),
    (OF_PAGES, f"{PAGE_STATEMENT}/1/Action", "s3:PutObject"),
    ("connections_to_pages_are_encrypted", f"{CONFIG}/ViewerCertificate/MinimumProtocolVersion", "TLSv1"),
    ("connections_to_pages_are_encrypted", f"{CONFIG}/ViewerCertificate/AcmCertificateArn", "arn:aws:acm:x"),
    ("connections_to_pages_are_encrypted", f"{CONFIG}/Aliases", GONE),
    ("connections_to_pages_are_encrypted", f"{CONFIG}/DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"),
    ("connections_to_pages_are_encrypted", f"{API_ORIGIN}/CustomOriginConfig/OriginSSLProtocols", ["SSLv3"]),
    ("names_of_pages_lead_to_their_distribution", "Resources/SiteDnsRecords/Properties/RecordSets/1/Type", "A"),
    ("names_of_pages_lead_to_their_distribution", f"{RECORD}/AliasTarget/HostedZoneId", "Z0"),
    ("errors_of_apis_are_not_made_pages", f"{CONFIG}/CustomErrorResponses", [{"ErrorCode": 403}]),
    ("errors_of_apis_are_not_made_pages", f"{CONFIG}/CacheBehaviors/1/FunctionAssociations", PAGE_FUNCTION),
    ("errors_of_apis_are_not_made_pages", f"{CONFIG}/DefaultCacheBehavior/FunctionAssociations", []),
    ("functions_at_the_edge_are_live", "Resources/SitePageFunction/Properties/AutoPublish", GONE),
    ("functions_at_the_edge_are_live", "Resources/SitePageFunction/Properties/FunctionCode", "x" * 10241),
    ("files_of_pages_are_kept_as_they_say", f"{CONFIG}/DefaultCacheBehavior/CachePolicyId", {"Ref": "SiteCachePolicy"}),
    ("apis_behind_pages_are_called_as_they_are", f"{CONFIG}/CacheBehaviors/1/PathPattern", "/*"),
    ("apis_behind_pages_are_called_as_they_are", f"{CONFIG}/CacheBehaviors/1/CachePolicyId", "658327ea"),
    ("apis_behind_pages_are_called_as_they_are", f"{CONFIG}/CacheBehaviors/1/OriginRequestPolicyId", "216adef6"),
    ("apis_behind_pages_are_called_as_they_are", f"{CONFIG}/CacheBehaviors/1/AllowedMethods", ["GET", "HEAD"]),
    ("apis_behind_pages_are_called_as_they_are", f"{API_ORIGIN}/OriginPath", "/prod"),
    ("firewalls_of_pages_are_those_of_the_blueprint", f"{CONFIG}/WebACLId", GONE),
    ("browsers_are_told_what_pages_may_do", f"{HEADERS}/SecurityHeadersConfig/ContentSecurityPolicy", GONE),
    ("browsers_are_told_what_pages_may_do", f"{HEADERS}/SecurityHeadersConfig/ReferrerPolicy", GONE),
    ("browsers_are_told_what_pages_may_do", f"{HEADERS}/SecurityHeadersConfig/ReferrerPolicy/ReferrerPolicy", "origin"),
    ("browsers_are_told_what_pages_may_do", f"{HEADERS}/SecurityHeadersConfig/FrameOptions/FrameOption", "SAMEORIGIN"),
]
EDGE_FAULTS: list[tuple[str, str, Any]] = [
    ("certificates_of_pages_prove_themselves", "Resources/SiteCertificate", GONE),
    ("certificates_of_pages_prove_themselves", "Resources/SiteCertificate/Properties/ValidationMethod", "EMAIL"),
    ("certificates_of_pages_prove_themselves", "Resources/SiteCertificate/UpdateReplacePolicy", "Delete"),
    ("firewalls_at_the_edge_see_callers", "Resources/SiteWebAcl", GONE),
    ("firewalls_at_the_edge_see_callers", "Resources/SiteWebAcl/Properties/Scope", "REGIONAL"),
    ("firewalls_at_the_edge_see_callers", f"{RATE}/AggregateKeyType", "FORWARDED_IP"),
    ("firewalls_at_the_edge_see_callers", "Resources/SiteWafLogging/Properties/RedactedFields", []),
    ("firewalls_at_the_edge_see_callers", "Resources/SiteWafLogging/Properties/RedactedFields/3", GONE),
    ("firewalls_at_the_edge_see_callers", "Resources/SiteWafLogGroup/Properties/LogGroupName/Fn::Sub/0", "logs"),
]
BROKEN = [
    *(("site", *fault) for fault in SITE_FAULTS),
    *(("site/edge", *fault) for fault in EDGE_FAULTS),
    *(("mobile-backend", *fault) for fault in FAULTS),
    *(("http-cognito", *fault) for fault in HTTP_FAULTS),
    *(("integrations", *fault) for fault in INTEGRATION_FAULTS),
    *(("workers", *fault) for fault in WORKER_FAULTS),
]


def test_every_guarantee_holds(template_name: str) -> None:
    project = rendered(template_name)
    assert list(guarantees(project.template.data, project)) == []


@pytest.mark.parametrize(("name", "guarantee", "place", "value"), BROKEN)
def test_a_guarantee_finds_what_breaks_it(name: str, guarantee: str, place: str, value: Any) -> None:
    project = rendered(name)
    view = View(broken(project.template.data, place, value), project)
    assert list(NAMED[guarantee](view))


AUTHORIZER, VARIABLES = (
    "Resources/Authorizer/Properties",
    "Resources/AuthorizerFunction/Properties/Environment/Variables",
)
DENIED = "Resources/RestApi/Properties/Policy/Statement/1/Condition"
LOAD = "Resources/LoadApiStage/Properties"
ENTRANCE = "Resources/PrivateApiEndpoint/Properties"
CALLERS = "Resources/CallerPolicy/Properties/PolicyDocument/Statement/0"
GOOGLE = "Resources/GoogleIdentityProvider/Properties"
IDENTITIES = "Resources/IdentityPool/Properties"
PRIVATE_DOMAIN = "Resources/ApiDomain/Properties"
OTHER_CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
READER = "Resources/PrinterWorkerRole/Properties/Policies/0/PolicyDocument/Statement"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
OTHER_KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
ENTRIES_STATEMENTS = "Resources/EntriesRole/Properties/Policies/0/PolicyDocument/Statement"
ORDERS_FUNCTION = "Resources/OrdersFunction/Properties"
CACHED, SHARED = "Resources/TicketsIdGet/Properties", "Resources/ShowsGet/Properties"
# The same in templates of other blueprints.
OWN = "Resources/SignedInRole/Properties/Policies/0/PolicyDocument/Statement"
ROLES = "Resources/MinutesIdentityPoolRoles/Properties"
APP, BRANCH = "Resources/SiteApp/Properties", "Resources/SiteBranch/Properties"
GATE = "Resources/GateMachineClient/Properties"
COPY = "Resources/HallsTable/Properties/Replicas/1"
ROWS = "Resources/FlightsFlightsTable/Properties"
FILES = "Resources/SketchesFileSystem/Properties"
FAULTS_ELSEWHERE: list[tuple[str, str, str, Any]] = [
    (
        "warehouses",
        "results_are_fetched_by_who_asked",
        "Resources/OrdersRole/Properties/Policies/0/PolicyDocument/Statement/3/Condition",
        GONE,
    ),
    ("warehouses", "warehouses_are_closed", "Resources/OrdersWorkgroup/Properties/PubliclyAccessible", True),
    ("warehouses", "warehouses_are_closed", "Resources/OrdersNamespace/Properties/ManageAdminPassword", GONE),
    ("warehouses", "warehouses_are_closed", "Resources/VisitsCluster/Properties/Encrypted", False),
    (
        "warehouses",
        "users_have_the_rights_of_their_functions",
        "Resources/VisitsMigrateFunction/Properties/Environment/Variables/VISITS_GRANTS",
        {"Fn::Sub": '[["${VisitsRole}", "visits", ["DELETE", "INSERT", "SELECT"]]]'},
    ),
    ("private-domain", "a_private_domain_is_for_the_endpoints_of_the_api", "Resources/ApiDomainAssociation", GONE),
    (
        "private-domain",
        "a_private_domain_is_for_the_endpoints_of_the_api",
        f"{PRIVATE_DOMAIN}/Policy/Statement/1",
        GONE,
    ),
    ("private-domain", "a_domain_is_the_only_door", f"{PRIVATE_DOMAIN}/CertificateArn", OTHER_CERTIFICATE),
    ("private-domain", "a_domain_is_the_only_door", "Resources/ApiDnsRecords", GONE),
    ("organisation", "roles_are_bounded", "Resources/EntriesRole/Properties/PermissionsBoundary", GONE),
    ("organisation", "roles_are_bounded", "Resources/ReportRole/Properties/Path", "/"),
    ("organisation", "roles_are_bounded", "Resources/CallerPolicy/Properties/Path", GONE),
    ("mobile-backend", "roles_are_bounded", "Resources/TicketsRole/Properties/PermissionsBoundary", BOUNDARY),
    ("organisation", "whatever_takes_a_key_has_it", "Resources/EntriesLogGroup/Properties/KmsKeyId", GONE),
    ("organisation", "whatever_takes_a_key_has_it", "Resources/EntriesFunction/Properties/KmsKeyArn", GONE),
    ("organisation", "whatever_takes_a_key_has_it", "Resources/OwnersDatabase/Properties/MasterUserSecret", GONE),
    ("organisation", "whatever_takes_a_key_has_it", "Resources/SessionsTable/Properties/SSESpecification", GONE),
    ("mobile-backend", "whatever_takes_a_key_has_it", "Resources/TicketsLogGroup/Properties/KmsKeyId", OTHER_KEY),
    ("organisation", "roles_grant_what_the_uses_need", f"{ENTRIES_STATEMENTS}/2", GONE),
    ("organisation", "keys_are_used_through_a_service", f"{ENTRIES_STATEMENTS}/2/Condition", GONE),
    ("strict", "the_key_admits_who_uses_it", "Resources/EncryptionKey/Properties/KeyPolicy/Statement/1", GONE),
    (
        "strict",
        "the_key_admits_who_uses_it",
        "Resources/EncryptionKey/Properties/KeyPolicy/Statement/2/Condition",
        GONE,
    ),
    ("strict", "the_key_outlives_what_it_encrypted", "Resources/TicketsTable/DeletionPolicy", "Retain"),
    ("cache", "stages_keep_what_the_blueprint_says", f"{LOAD}/MethodSettings/1/CacheDataEncrypted", False),
    ("cache", "stages_keep_what_the_blueprint_says", f"{LOAD}/MethodSettings/2/ResourcePath", "/tickets/{id}"),
    ("cache", "stages_keep_what_the_blueprint_says", f"{LOAD}/MethodSettings/3/CacheTtlInSeconds", 300),
    ("cache", "stages_keep_what_the_blueprint_says", f"{LOAD}/CacheClusterSize", "0.5"),
    ("cache", "kept_answers_go_to_those_they_are_for", f"{CACHED}/Integration/CacheKeyParameters/0", GONE),
    ("cache", "kept_answers_go_to_those_they_are_for", f"{CACHED}/Integration/CacheKeyParameters/1", GONE),
    ("cache", "kept_answers_go_to_those_they_are_for", f"{CACHED}/RequestParameters", GONE),
    ("cache", "kept_answers_go_to_those_they_are_for", f"{SHARED}/Integration/CacheKeyParameters/2", GONE),
    ("cache", "kept_answers_go_to_those_they_are_for", f"{SHARED}/Integration/CacheNamespace", "shows"),
    ("federation", "people_sign_in_where_the_blueprint_says", "Resources/AppClient/DependsOn/0", GONE),
    ("federation", "people_sign_in_where_the_blueprint_says", f"{GOOGLE}/ProviderDetails/client_secret", "hunter2"),
    ("federation", "people_sign_in_where_the_blueprint_says", f"{GOOGLE}/ProviderName", "google"),
    ("own-data", "credentials_reach_own_data_alone", f"{OWN}/0/Resource", {"Fn::Sub": "${PhotosBucket.Arn}/*"}),
    ("own-data", "credentials_reach_own_data_alone", f"{OWN}/0/Action", "s3:GetObject"),
    ("tables", "copies_are_where_the_blueprint_says", f"{COPY}/Tags", []),
    ("tables", "copies_are_where_the_blueprint_says", f"{COPY}/Region", "eu-west-3"),
    ("tables", "capacity_is_what_the_blueprint_says", "Resources/TicketsTableByShowWriteCapacity", GONE),
    ("tables", "capacity_is_what_the_blueprint_says", "Resources/TicketsTableReadCapacity/Properties/MinCapacity", 1),
    (
        "tables",
        "backups_reach_back",
        "Resources/HallsTable/Properties/Replicas/1/PointInTimeRecoverySpecification",
        GONE,
    ),
    ("existing-stores", "what_stands_already_is_not_made", "Resources/TicketsTable", {"Type": "AWS::DynamoDB::Table"}),
    ("own-data", "credentials_reach_own_data_alone", f"{OWN}/1/Condition/StringLike/s3:prefix/0", "uploads/*"),
    ("own-data", "credentials_reach_own_data_alone", f"{OWN}/2/Condition", GONE),
    ("own-data", "credentials_reach_own_data_alone", f"{OWN}/3/Condition/Null", GONE),
    ("own-data", "credentials_reach_own_data_alone", f"{OWN}/3/Action/0", "dynamodb:PutItem"),
    ("group-roles", "members_have_the_role_of_their_group", "Resources/BoardGroup/Properties/RoleArn", GONE),
    ("group-roles", "members_have_the_role_of_their_group", f"{ROLES}/RoleMappings/users/Type", "Rules"),
    ("group-roles", "members_have_the_role_of_their_group", f"{ROLES}/RoleMappings", GONE),
    (
        "group-roles",
        "members_have_the_role_of_their_group",
        "Resources/MinutesBoardMemberRole/Properties/ManagedPolicyArns/1",
        {"Ref": "MinutesArchivistsMemberPolicy"},
    ),
    (
        "group-roles",
        "credentials_open_signed_routes_alone",
        "Resources/MinutesCallerPolicy/Properties/PolicyDocument/Statement/0/Resource/0/Fn::Sub",
        "${RestApi}/prod/DELETE/minutes/*",
    ),
    ("web-app", "pages_have_the_branches_of_the_blueprint", f"{APP}/Platform", "WEB_DYNAMIC"),
    ("web-app", "pages_have_the_branches_of_the_blueprint", f"{BRANCH}/Stage", "DEVELOPMENT"),
    ("web-app", "pages_have_the_branches_of_the_blueprint", f"{BRANCH}/EnableAutoBuild", True),
    ("web-app", "pages_know_their_stack", f"{BRANCH}/EnvironmentVariables/0/Value", "{}"),
    ("web-app", "pages_know_their_stack", f"{APP}/EnvironmentVariables", [{"Name": "API", "Value": "x"}]),
    ("web-app", "repositories_are_reached_by_a_secret", f"{APP}/AccessToken", "ghp_1"),
    ("web-app", "repositories_are_reached_by_a_secret", f"{APP}/BasicAuthConfig", {}),
    ("web-app", "addresses_within_the_page_get_the_page", f"{APP}/CustomRules/0/Source", "/<*>"),
    ("web-app", "addresses_within_the_page_get_the_page", f"{APP}/CustomRules/0/Status", "404-200"),
    (
        "web-app",
        "browsers_are_told_what_a_page_may_do",
        f"{APP}/CustomHeaders",
        {"Fn::Sub": "customHeaders: [{pattern: x, headers: []}]"},
    ),
    ("web-app", "servers_write_their_own_log_alone", f"{APP}/IAMServiceRole", "arn"),
    ("machines", "machines_are_no_users", f"{GATE}/AllowedOAuthScopes/0", GONE),
    ("machines", "machines_are_no_users", f"{GATE}/AllowedOAuthFlows/0", "code"),
    ("machines", "machines_are_no_users", f"{GATE}/GenerateSecret", False),
    ("machines", "machines_are_no_users", f"{GATE}/ExplicitAuthFlows/0", "ALLOW_USER_PASSWORD_AUTH"),
    ("machines", "machines_are_no_users", "Outputs/GateMachineClientId/Value", {"Fn::GetAtt": "X.ClientSecret"}),
    ("existing-users", "a_user_pool_is_made_or_given", "Resources/UserPool", {"Type": "AWS::Cognito::UserPool"}),
    ("existing-users", "a_user_pool_is_made_or_given", "Outputs/UserPoolId/Value", "eu-west-1_Other"),
    ("existing-users", "routes_ask_who_calls", "Resources/Authorizer/Properties/ProviderARNs/0", "arn:other"),
    ("existing-users", "routes_ask_who_calls", "Resources/OrdersGet/Properties/AuthorizationScopes", GONE),
    ("id-tokens", "routes_ask_who_calls", "Resources/IssuesGet/Properties/AuthorizationScopes", ["openid"]),
    ("native-tokens", "routes_ask_who_calls", "Resources/EntriesGet/Properties/AuthorizationScopes", GONE),
    ("iam", "routes_ask_who_calls", f"{METHOD}/AuthorizationType", "NONE"),
    ("iam", "credentials_open_signed_routes_alone", f"{CALLERS}/Resource/0/Fn::Sub", "${RestApi}/prod/*"),
    ("iam", "credentials_open_signed_routes_alone", f"{IDENTITIES}/AllowUnauthenticatedIdentities", True),
    (
        "iam",
        "credentials_open_signed_routes_alone",
        f"{IDENTITIES}/CognitoIdentityProviders/0/ServerSideTokenCheck",
        False,
    ),
    (
        "iam",
        "credentials_open_signed_routes_alone",
        "Resources/SignedInRole/Properties/AssumeRolePolicyDocument/Statement/0/Condition/ForAnyValue:StringLike",
        GONE,
    ),
    ("lambda-authorizer", "routes_ask_who_calls", f"{METHOD}/AuthorizerId", {"Ref": "ReportsAuthorizer"}),
    ("lambda-authorizer", "authorizers_look_at_tokens", f"{AUTHORIZER}/IdentitySource", "context.httpMethod"),
    ("lambda-authorizer", "authorizers_look_at_tokens", f"{AUTHORIZER}/AuthorizerResultTtlInSeconds", 3600),
    ("lambda-authorizer", "authorizers_look_at_tokens", f"{AUTHORIZER}/AuthorizerUri", {"Fn::Sub": "${TicketsAlias}"}),
    (
        "lambda-authorizer",
        "authorizers_are_asked_by_their_api_alone",
        "Resources/AuthorizerPermission/Properties/SourceArn",
        {"Fn::Sub": "${RestApi}/*"},
    ),
    ("lambda-authorizer", "authorizers_know_whose_tokens_are_good", f"{VARIABLES}/OIDC_AUDIENCE", GONE),
    ("lambda-authorizer", "authorizers_know_whose_tokens_are_good", f"{VARIABLES}/ALLOWED_ALGORITHMS", "RS256,HS256"),
    ("lambda-authorizer", "authorizers_know_whose_tokens_are_good", f"{VARIABLES}/OIDC_ISSUER", "http://x"),
    ("watching", LINES, f"{PROD}/AccessLogSetting/Format", '{"path":"$context.path"}'),
    ("watching", LINES, f"{PROD}/AccessLogSetting/Format", '{"id":"$context.requestId","path":"p=$context.path"}'),
    ("watching", LINES, f"{PROD}/AccessLogSetting/Format", '{"id":"$context.requestId",\n"path":"$context.path"}'),
    (
        "http-integrations",
        LINES,
        "Resources/ApiStage/Properties/AccessLogSettings/Format",
        "$context.requestId $context.path",
    ),
    ("watching", "dashboards_show_what_there_is", "Resources/Dashboard", GONE),
    ("watching", "dashboards_show_what_there_is", f"{DASHBOARD}/DashboardName", "box-office"),
    ("watching", "dashboards_show_what_there_is", f"{DASHBOARD}/DashboardBody", {"Fn::Sub": '{"widgets": []}'}),
    ("watching", "stacks_count_by_themselves", f"{DASHBOARD}/DashboardBody", {"Fn::Sub": '["WebACL", "web-acl"]'}),
    ("watching", "archives_miss_no_log", "Resources/TicketsLogGroupArchived", GONE),
    ("watching", "archives_miss_no_log", "Resources/TicketsLogGroupArchived/Properties/FilterPattern", "ERROR"),
    ("watching", "archives_miss_no_log", f"{ARCHIVE}/LifecycleConfiguration/Rules/0/ExpirationInDays", 30),
    ("usage-plans", "keys_are_asked_for_and_counted", f"{METHOD}/ApiKeyRequired", GONE),
    ("usage-plans", "keys_are_asked_for_and_counted", "Resources/HealthGet/Properties/ApiKeyRequired", True),
    (
        "usage-plans",
        "keys_are_asked_for_and_counted",
        "Resources/BasicUsagePlan/Properties/ApiStages/0/Stage",
        "prod",
    ),
    ("usage-plans", "keys_are_asked_for_and_counted", "Resources/KioskApiKey/Properties/Value", "hunter2" * 4),
    ("usage-plans", "keys_are_asked_for_and_counted", "Resources/KioskUsagePlanKey", GONE),
    ("usage-plans", "keys_are_asked_for_and_counted", "Resources/ProdThrottledCalls", GONE),
    ("private", "only_whom_the_blueprint_names_gets_in", "Resources/RestApi/Properties/Policy/Statement/1", GONE),
    ("private-shared", "only_whom_the_blueprint_names_gets_in", f"{DENIED}/StringNotEquals/aws:SourceVpc", GONE),
    (
        "private-accounts",
        "only_whom_the_blueprint_names_gets_in",
        "Resources/RestApi/Properties/Policy/Statement/1/Principal",
        "*",
    ),
    ("edge", "only_whom_the_blueprint_names_gets_in", f"{DENIED}/NotIpAddress/aws:SourceIp/0", "0.0.0.0/0"),
    ("private", "endpoints_are_open_to_those_it_is_for", "Resources/PrivateApiFrom192x168x0x0x16", GONE),
    (
        "private",
        "endpoints_are_open_to_those_it_is_for",
        "Resources/PrivateApiEndpoint/Properties/PrivateDnsEnabled",
        False,
    ),
    (
        "private-shared",
        "endpoints_are_open_to_those_it_is_for",
        "Resources/RestApi/Properties/EndpointConfiguration/VpcEndpointIds",
        GONE,
    ),
    ("secrets", "roles_grant_what_the_uses_need", f"{READER}/2", GONE),
    ("secrets", "roles_grant_what_the_uses_need", f"{READER}/2/Resource", {"Fn::Sub": "secret:box-office/*"}),
    ("secrets", "keys_of_secrets_open_these_alone", f"{READER}/3/Condition/StringLike", GONE),
    ("secrets", "keys_of_secrets_open_these_alone", f"{READER}/3/Condition/StringEquals", GONE),
    (
        "secrets",
        "variables_name_their_store",
        "Resources/PrinterWorkerFunction/Properties/Environment/Variables/BOX_OFFICE_PRINTER_SECRET_NAME",
        GONE,
    ),
    ("secrets", "services_have_a_way_in", "Resources/SecretsmanagerEndpoint", GONE),
    ("egress", "subnets_are_private", "Resources/PublicSubnetA/Properties/MapPublicIpOnLaunch", True),
    (
        "egress",
        "subnets_are_private",
        "Resources/PrivateSubnetARoutes/Properties/RouteTableId",
        {"Ref": "PublicRouteTable"},
    ),
    ("egress", "subnets_are_private", "Resources/NatGatewayA/Properties/SubnetId", {"Ref": "PrivateSubnetA"}),
    ("egress", "subnets_are_private", f"{ORDERS_FUNCTION}/VpcConfig/SubnetIds/0", {"Ref": "PublicSubnetA"}),
    ("egress", "ways_out_are_those_of_the_blueprint", "Resources/PrivateRouteTableBOutward", GONE),
    ("egress", "ways_out_are_those_of_the_blueprint", "Resources/NatGatewayB", GONE),
    ("egress", "ways_out_are_those_of_the_blueprint", "Resources/NatGatewayA/DependsOn", GONE),
    ("egress", "rules_are_narrow", "Resources/OrdersToInternetEgress/Properties/ToPort", 80),
    (
        "egress",
        "rules_are_narrow",
        "Resources/OrdersToInternetEgress/Properties/GroupId",
        {"Fn::GetAtt": ["OrdersMigrateFunctionSecurityGroup", "GroupId"]},
    ),
    ("egress", "functions_reach_what_they_use_and_nothing_else", "Resources/OrdersToInternetEgress", GONE),
    ("files", "file_systems_take_tls_and_access_points_only", f"{FILES}/FileSystemPolicy/Statement/0", GONE),
    ("files", "file_systems_take_tls_and_access_points_only", f"{FILES}/FileSystemPolicy/Statement/1", GONE),
    ("files", "functions_mount_what_they_use", "Resources/SketchesFunction/Properties/FileSystemConfigs", GONE),
    ("files", "functions_mount_what_they_use", "Resources/SketchesFunction/DependsOn/1", GONE),
    ("files", "stores_are_encrypted", f"{FILES}/Encrypted", False),
    ("wide-rows", "backups_reach_back", f"{ROWS}/PointInTimeRecoveryEnabled", False),
    ("wide-rows", "functions_reach_what_they_use_and_nothing_else", "Resources/PlanesToEndpoints9142Egress", GONE),
    ("documents", "stores_take_tls_only", "Resources/NotesParameterGroup/Properties/Parameters/tls", "disabled"),
    ("documents", "secrets_are_made_by_aws", "Resources/NotesCluster/Properties/MasterUserPassword", {"Fn::Sub": "x"}),
    ("microservices+orders", "doors_open_from_one_side_to_the_other", "Resources/OrdersToEndpointsIngress", GONE),
    ("microservices+platform", "services_have_a_way_in", "Resources/SecretsmanagerEndpoint", GONE),
    (
        "service-network+platform",
        "services_have_a_way_in",
        "Resources/DynamodbEndpoint/Properties/PolicyDocument/Statement/0/Condition/StringEquals/aws:ResourceAccount",
        GONE,
    ),
    ("egress", "refused_connections_are_logged", "Resources/FlowLog/Properties/TrafficType", "REJECT"),
    ("organisation", "functions_reach_what_they_use_and_nothing_else", "Resources/OwnersToDynamodbEgress", GONE),
    ("domain", "a_domain_is_the_only_door", "Resources/RestApi/Properties/DisableExecuteApiEndpoint", GONE),
    ("domain", "a_domain_is_the_only_door", "Resources/ApiMapping/Properties/Stage", "prod"),
    ("domain", "a_domain_is_the_only_door", "Resources/ApiMapping/Properties/ApiMappingKey", "shop"),
    ("domain", "a_domain_is_the_only_door", "Resources/ApiDomain/Properties/MutualTlsAuthentication", GONE),
    ("domain", "a_domain_is_the_only_door", "Resources/ApiDomain/Properties/SecurityPolicy", "TLS_1_0"),
    ("domain", "a_domain_is_the_only_door", "Resources/ApiDnsRecords/Properties/RecordSets/1", GONE),
    (
        "domain",
        "a_domain_is_the_only_door",
        "Outputs/ApiUrl/Value",
        "https://abc.execute-api.eu-central-1.amazonaws.com",
    ),
    ("edge", "a_domain_is_the_only_door", "Resources/ApiMapping/Properties/BasePath", "v1/x"),
    ("edge", "a_domain_is_the_only_door", "Resources/ApiDomain/Properties/CertificateArn", GONE),
]


@pytest.mark.parametrize(("blueprint", "guarantee", "place", "value"), FAULTS_ELSEWHERE)
def test_a_guarantee_finds_it_elsewhere_too(blueprint: str, guarantee: str, place: str, value: Any) -> None:
    project = rendered(blueprint)
    assert list(NAMED[guarantee](View(broken(project.template.data, place, value), project)))


def test_each_guarantee_is_broken_once() -> None:
    assert {guarantee for _, guarantee, _, _ in [*BROKEN, *FAULTS_ELSEWHERE]} == set(NAMED)
