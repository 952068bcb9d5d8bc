#!/usr/bin/env bash
# Packages the application, deploys it and tells what went wrong if something did. Safe to run again
# at any time: what is done already is not done twice. Works with the bash of macOS (3.2) too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

application=parcel-desk
stack=parcel-desk
blueprint_region=us-east-1
bootstrap_stack=tierforge-bootstrap
template=packaged.yaml   # `tierforge package` writes it, and the zips it names below build/
kept_versions=5          # of each function, for the way back

usage() {
  cat <<'END'
usage: ./deploy.sh [--plan] [--yes] [--region REGION] [--parameter NAME=VALUE]...

  --plan                  show what a deploy would change, and stop
  --yes                   ask nothing (for CI); stops before the application would lose sight of data
  --leave-data            with --yes: go on all the same
  --region REGION         deploy to another Region than the blueprint's
  --parameter NAME=VALUE  set a parameter of the template
END
}

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }

# fail MESSAGE [HINT]...
fail() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf '  = hint: %s\n' "$hint" >&2; done
  exit 1
}

wrong_usage() {
  printf 'error: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

plan=false
yes=false
leave_data=false
region=
parameters=()
while [ $# -gt 0 ]; do
  case "$1" in
    --plan) plan=true ;;
    --yes) yes=true ;;
    --leave-data) leave_data=true ;;
    --region) [ $# -gt 1 ] || wrong_usage '--region needs a Region'; region=$2; shift ;;
    --parameter) [ $# -gt 1 ] || wrong_usage '--parameter needs NAME=VALUE'; parameters+=("$2"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_usage "unknown option $1" ;;
  esac
  shift
done
[ "$plan" = true ] || [ "$yes" = true ] || [ -t 0 ] ||
  wrong_usage 'nobody is there to ask: say --yes to deploy, or --plan to look'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# confirm QUESTION: succeeds if the answer is yes
confirm() {
  [ "$yes" = true ] && return 0
  [ -t 0 ] || return 1
  local answer
  read -r -p "$1 [y/N] " answer
  case "$answer" in [yY]*) return 0 ;; *) return 1 ;; esac
}

# stack_status STACK: its status, or NONE
stack_status() {
  if ! aws cloudformation describe-stacks --stack-name "$1" \
    --query 'Stacks[0].StackStatus' --output text 2>"$work/error"; then
    grep -q 'does not exist' "$work/error" || fail "stack $1 can't be read: $(cat "$work/error")"
    say NONE
  fi
}

# read_outputs STACK: keeps its outputs for `output NAME`
read_outputs() {
  aws cloudformation describe-stacks --stack-name "$1" \
    --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text >"$work/outputs"
}

output() {
  local value
  value=$(awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$work/outputs")
  [ -n "$value" ] || fail "the stack has no output $1" "run tierforge render: the template of this folder has it"
  say "$value"
}

# remedy REASON: what to do about the failures that are met most
remedy() {
  case "$1" in
    *'CloudWatch Logs role ARN must be set'*)
      say "API Gateway has no role to write logs with. Give it one:
    aws cloudformation deploy --template-file bootstrap.yaml --stack-name $bootstrap_stack \\
      --capabilities CAPABILITY_IAM --parameter-overrides LoggingRole=create" ;;
    *[Dd]eletion*[Pp]rotect* | *'deletion protection'* | *DeletionProtection*)
      say 'It is protected from deletion. Turn the protection off (README.md, "Taking it down"), then run this again.' ;;
    *'already has a domain'*)
      say "CloudFormation makes the new login domain before it takes the old one away, and a user pool has but one. Take the old one
away, which keeps people from signing in until the deploy is done, and run this again:
    aws cognito-idp delete-user-pool-domain --user-pool-id POOL --domain OLD" ;;
    *'omain already'* | *'omain prefix'*)
      say 'The prefix of a login domain is unique in a Region: set another auth.login_domain in app.yaml.' ;;
    *LimitExceeded* | *[Ll]'imit exceeded'* | *[Qq]uota* | *'maximum number'*)
      say 'A limit of the account is reached: raise it (Service Quotas), or remove what is not used.' ;;
    *'custom-named'* | *'resource type is not permitted'*)
      say 'What it is made of can not be changed where it stands. Take the change in app.yaml back, or give the data store' \
        'another name there: a new one is made, empty, and README.md, "Taking it down", says what becomes of the old one.' ;;
    *'CNAMEs you provided'* | *'points to another CloudFront distribution'*)
      say 'The name of the page belongs to another distribution still, or to an app of Amplify: of another stack, or of this one where' \
        'the page moves from one hosting to the other. Deploy that without presentation.domain first, then this again.' ;;
    *'already exists'*)
      say 'Something of that name stands outside of the stack, kept from an earlier one perhaps: README.md, "Taking it down".' ;;
    *AccessDenied* | *'not authorized'*)
      say 'Your credentials, or the role of CloudFormation, lack a permission: the message names it.' ;;
    *'key does not exist'* | *NoSuchKey* | *'S3 Error Code'*)
      say 'The code is not in the bucket: deploy packaged.yaml with this script, not template.yaml.' ;;
    *'dependent object'* | *'has dependencies'* | *'in use'*)
      say 'Network interfaces of functions take up to 40 minutes to go: wait and run this again.' ;;
    *) say 'Mend the cause and run this again.' ;;
  esac
}

# tell_first_failure STACK TOKEN: later failures follow from the first. Events come newest first, so
# that the first is the last one. An empty TOKEN takes all events, else those of one deploy.
tell_first_failure() {
  local filter="ends_with(ResourceStatus, '_FAILED') && !contains(not_null(ResourceStatusReason, ''), 'cancelled')"
  [ -z "$2" ] || filter="$filter && ClientRequestToken == '$2'"
  local event field reason
  event=$(aws cloudformation describe-stack-events --stack-name "$1" \
    --query "StackEvents[?$filter].[EventId]" --output text | grep -v '^None$' | tail -n 1) || true
  if [ -z "$event" ]; then
    say 'CloudFormation names no resource that failed; see the events of the stack in the console.'
    return
  fi
  for field in LogicalResourceId ResourceType PhysicalResourceId ResourceStatusReason; do
    aws cloudformation describe-stack-events --stack-name "$1" \
      --query "StackEvents[?EventId == '$event'].$field" --output text | grep . >"$work/$field" || true
  done
  reason=$(cat "$work/ResourceStatusReason")
  say "First failure: $(cat "$work/LogicalResourceId") ($(cat "$work/ResourceType"), $(cat "$work/PhysicalResourceId"))"
  say "  $reason"
  say "What to do: $(remedy "$reason")"
}

# tell_blocked STACK: what the way back could not delete, and why
tell_blocked() {
  aws cloudformation list-stack-resources --stack-name "$1" --output text \
    --query "StackResourceSummaries[?ends_with(ResourceStatus, '_FAILED')].[LogicalResourceId,PhysicalResourceId,ResourceStatusReason]"
}

# tell_state STACK STATUS: where a failure has left the stack
tell_state() {
  case "$2" in
    ROLLBACK_COMPLETE)
      say "The first deploy is rolled back: nothing runs. This script removes what is left of it when you run it again." ;;
    UPDATE_ROLLBACK_COMPLETE)
      say 'The update is rolled back: the application is as it was before.' ;;
    ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
      say "Stack $1 could not be removed. What stands in the way:"
      tell_blocked "$1"
      say 'Usually that is deletion protection: it keeps a database or a user pool even when the first deploy fails.'
      say "They are empty if it was the first deploy: README.md, \"Taking it down\", turns the protection off. Then:
    aws cloudformation delete-stack --stack-name $1" ;;
    UPDATE_ROLLBACK_FAILED)
      say "The update could not be rolled back. What stands in the way:"
      tell_blocked "$1"
      say "Mend that, then go on with the rollback, and deploy again when it is complete:
    aws cloudformation continue-update-rollback --stack-name $1" ;;
    *) say "The stack is in state $2; see its events in the console." ;;
  esac
}

# make_ready STACK: stops, and says what to do, unless the stack can take a deploy
make_ready() {
  local status
  status=$(stack_status "$1")
  case "$status" in
    NONE | REVIEW_IN_PROGRESS) ;;   # nothing there, or a change set at most
    CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE | IMPORT_COMPLETE | IMPORT_ROLLBACK_COMPLETE) ;;
    ROLLBACK_COMPLETE)
      say "The first deploy of $1 failed. It has to be removed before the next."
      tell_first_failure "$1" ''
      if [ "$plan" = true ] || ! confirm "Remove the failed stack $1? It runs nothing and holds no data."; then
        fail "stack $1 is left as it is: $status" 'run ./deploy.sh and answer y'
      fi
      aws cloudformation delete-stack --stack-name "$1"
      aws cloudformation wait stack-delete-complete --stack-name "$1" ;;
    *_IN_PROGRESS)
      fail "stack $1 is busy: $status" 'another deploy is running; run this again when it is done' ;;
    *)
      tell_state "$1" "$status"
      fail "stack $1 can't be updated: $status" ;;
  esac
}

# show_changes CHANGE_SET: what it would do, a line for each resource
show_changes() {
  aws cloudformation describe-change-set --change-set-name "$1" --output text \
    --query 'Changes[].ResourceChange.[Action,Replacement,ResourceType,LogicalResourceId,PolicyAction]' >"$work/changes"
  awk -F '\t' '{ printf "  %-7s %-45s %s%s\n", $1, $3, $4, ($2 == "True" ? "   (is replaced)" : "") }' "$work/changes"
  say "$(awk 'END { print NR }' "$work/changes") changes"
}

# left_behind: what keeps data, and is made anew (empty) or no part of the application any more. Releases are no data:
# each leaves the versions and the API's deployment of the one before for the way back; nor are certificates.
left_behind() {
  awk -F '\t' '($1 == "Remove" || $2 == "True") && $5 ~ /Retain|Snapshot/ &&
    $3 !~ /(LogGroup|Secret|Lambda::Version|::Deployment|::Certificate)$/ {
    printf "%s%s", between, $4; between = ", "
  }' "$work/changes"
}

# propose STACK TEMPLATE [OPTION]...: makes a change set and shows it; $change_set is its ARN, empty where nothing changes
propose() {
  local name=$1 file=$2 said
  shift 2
  make_ready "$name"
  said=$(aws cloudformation deploy --template-file "$file" --stack-name "$name" --capabilities CAPABILITY_IAM \
    "$@" --no-execute-changeset --no-fail-on-empty-changeset 2>"$work/refused") || {
    cat "$work/refused" >&2
    say "What to do: $(remedy "$(cat "$work/refused")")" >&2
    fail 'CloudFormation refuses the change set' "for more: aws cloudformation describe-events --stack-name $name"
  }
  change_set=$(printf '%s\n' "$said" | sed -n 's/.*\(arn:[^ ]*:changeSet\/[^ ]*\).*/\1/p')
  if [ -n "$change_set" ]; then
    show_changes "$change_set"
  else
    say "Stack $name is up to date."
  fi
}

# agree STACK: asks whether $change_set is meant; stops, and takes it back, if it is not
agree() {
  local left
  left=$(left_behind)
  if [ -n "$left" ]; then
    say "The application would go on without the data of: $left. The old data is kept (README.md, \"Taking it down\")."
    if [ "$yes" = true ] && [ "$leave_data" = false ]; then
      aws cloudformation delete-change-set --change-set-name "$change_set"
      fail 'nobody is there to ask whether that is meant' 'take the change in app.yaml back, or say --leave-data too'
    fi
  fi
  if ! confirm "Deploy this to account $account?"; then
    aws cloudformation delete-change-set --change-set-name "$change_set"
    if [ "$(stack_status "$1")" = REVIEW_IN_PROGRESS ]; then
      aws cloudformation delete-stack --stack-name "$1"   # made by the change set, and empty
    fi
    fail 'stopped; nothing was deployed'
  fi
}

# execute STACK CHANGE_SET: waits until it is done, and tells the first failure if it fails
execute() {
  local token shown status
  token=deploy-$(date +%s)-$$   # marks the events of this deploy
  aws cloudformation execute-change-set --change-set-name "$2" --client-request-token "$token"
  shown=
  while :; do
    status=$(stack_status "$1")
    [ "$status" = "$shown" ] || say "$status"
    shown=$status
    case "$status" in *_IN_PROGRESS) sleep 10 ;; *) break ;; esac
  done
  case "$status" in
    CREATE_COMPLETE | UPDATE_COMPLETE) ;;
    *)
      tell_first_failure "$1" "$token"
      tell_state "$1" "$status"
      fail 'the deploy failed' ;;
  esac
}

step 'Tools and credentials'
for tool in aws tierforge; do
  command -v "$tool" >/dev/null || fail "$tool is not installed" 'see "Deploy" in README.md'
done
export AWS_PAGER=
configured=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
if [ -z "$region" ] && [ -n "$configured" ] && [ "$configured" != "$blueprint_region" ]; then
  fail "app.yaml is for $blueprint_region, your AWS settings say $configured" \
    "say which: ./deploy.sh --region $blueprint_region"
fi
export AWS_REGION="${region:-$blueprint_region}"
export AWS_DEFAULT_REGION="$AWS_REGION"
account=$(aws sts get-caller-identity --query Account --output text) ||
  fail 'AWS does not know you' "sign in with aws sso login, or set AWS_PROFILE"
say "Account $account, Region $AWS_REGION, stack $stack"

step 'Once for the account and Region'
make_ready "$bootstrap_stack"
status=$(stack_status "$bootstrap_stack")
if [ "$status" = NONE ] || [ "$status" = REVIEW_IN_PROGRESS ]; then
  logging_role=$(aws apigateway get-account --query cloudwatchRoleArn --output text)
  choice=keep
  [ "$logging_role" != None ] || choice=create
  say "$bootstrap_stack is missing: a bucket for code, and API Gateway's logging role ($choice)."
  confirm 'Create it?' || fail "nothing can be deployed without $bootstrap_stack" 'run ./deploy.sh and answer y'
  aws cloudformation deploy --template-file bootstrap.yaml --stack-name "$bootstrap_stack" \
    --capabilities CAPABILITY_IAM --parameter-overrides "LoggingRole=$choice" || {
    tell_first_failure "$bootstrap_stack" ''
    fail "$bootstrap_stack could not be made"
  }
fi
read_outputs "$bootstrap_stack"
bucket=$(output ArtifactBucketName)
parameters+=("ArtifactBucket=$bucket")
say "Artifacts go to $bucket"

step 'Package'
tierforge package

step 'Upload'
uploads=0
for zip in build/*/*.zip; do
  key=$application/${zip#build/}
  grep -qF "$key" "$template" || continue   # of an earlier package
  uploads=$((uploads + 1))
  # The key names the content: what is there is the same.
  if aws s3api head-object --bucket "$bucket" --key "$key" >/dev/null 2>&1; then
    say "$key is there already"
  else
    say "$key"
    aws s3 cp --only-show-errors "$zip" "s3://$bucket/$key"
  fi
done
[ "$uploads" -gt 0 ] || fail "$template names no zip below build/" "look at what tierforge package says"


step 'Changes'
propose "$stack" "$template" --s3-bucket "$bucket" --s3-prefix "$application/template" \
  --parameter-overrides "${parameters[@]}"
if [ "$plan" = true ]; then
  [ -z "$change_set" ] || say "Nothing is deployed. To deploy just this: aws cloudformation execute-change-set --change-set-name $change_set"
  exit 0
fi

if [ -n "$change_set" ]; then
  agree "$stack"
  step 'Deploy'
  execute "$stack" "$change_set"
fi
read_outputs "$stack"

# prune OUTPUT: drops versions but the last ones, and never one that an alias serves
prune() {
  local name version used
  name=$(output "$1")
  used=$(aws lambda list-aliases --function-name "$name" --output text --query "[Aliases[].FunctionVersion,
    Aliases[?RoutingConfig.AdditionalVersionWeights].RoutingConfig.AdditionalVersionWeights.keys(@)[]][]")
  for version in $(aws lambda list-versions-by-function --function-name "$name" --output text \
    --query 'Versions[].[Version]' | grep -E '^[0-9]+$' | sort -rn | tail -n "+$((kept_versions + 1))"); do
    printf '%s\n' "$used" | tr '[:blank:]' '\n' | grep -qx "$version" && continue
    say "$name: version $version"
    aws lambda delete-function --function-name "$name" --qualifier "$version" ||
      say '  is kept: AWS does not let it go yet'
  done
}

step 'Old versions'
prune ParcelsFunctionName
prune RatesFunctionName

step 'Done'
awk -F '\t' '{ printf "%s\t%s\n", $1, $2 }' "$work/outputs" | sort
