#!/usr/bin/env bash
# Builds the page and gives it to Amplify Hosting; where a repository is connected, lets Amplify build it. deploy.sh
# runs this at its end; run it by itself after a change of the page. Safe to run again at any time. Works with the
# bash of macOS (3.2) too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

stack=reading-list
region=us-east-1
source=web
branches=main
connected=false   # whether Amplify builds what is pushed to a repository
install='npm ci'
command='npm run build'
output_folder=''

usage() {
  cat <<'END'
usage: ./site.sh [--region REGION] [--no-build]

  --region REGION  the stack is in another Region than the blueprint's
  --no-build       take what was built last
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

build=true
other_region=
while [ $# -gt 0 ]; do
  case "$1" in
    --region) [ $# -gt 1 ] || wrong_usage '--region needs a Region'; other_region=$2; shift ;;
    --no-build) build=false ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_usage "unknown option $1" ;;
  esac
  shift
done
export AWS_PAGER=
export AWS_REGION="${other_region:-$region}"
export AWS_DEFAULT_REGION="$AWS_REGION"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# read_outputs: of the stack, for `output NAME`
read_outputs() {
  aws cloudformation describe-stacks --stack-name "$stack" \
    --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text >"$work/outputs" ||
    fail "stack $stack can't be read" 'run ./deploy.sh first'
}

output() {
  local value
  value=$(awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$work/outputs")
  [ -n "$value" ] || fail "the stack $stack has no output $1" 'run ./deploy.sh first'
  say "$value"
}

# build_page: builds what has to be built; $built is then the folder with the page
build_page() {
  local clean=install
  built=$source
  if [ -f "$source/package.json" ]; then
    if [ "$build" = true ]; then
      command -v npm >/dev/null || fail 'npm is not installed' 'it comes with Node.js: https://nodejs.org'
      [ ! -f "$source/package-lock.json" ] || clean=ci
      (cd "$source" && npm "$clean" --no-fund --no-audit && npm run build)
    fi
    # Vite writes to dist/, Angular to dist/<name>/browser/
    built=$(find "$source/dist" -name index.html -type f 2>/dev/null | awk '{ print length, $0 }' | sort -n | head -n 1) || true
    built=${built#* }
    built=${built%/index.html}
  fi
}

# there_is_a_page: in $built
there_is_a_page() {
  [ -f "$built/index.html" ] || fail "there is no index.html in ${built:-$source/dist}" 'look at what the build says'
}

step 'Page'
for tool in aws curl; do
  command -v "$tool" >/dev/null || fail "$tool is not installed" 'see "Deploy" in README.md'
done
read_outputs
app=$(output SiteAppId)
page=$(output SiteUrl)
output RuntimeConfig >"$work/runtime-config.json"

if [ "$connected" = true ]; then
  # A push is built without being asked for. That the stack says something new, or is new itself, is no push.
  if curl --silent --fail --location --max-time 20 "${page}runtime-config.json" 2>/dev/null |
    cmp -s - <(printf '%s' "$(cat "$work/runtime-config.json")"); then
    say "$page knows this stack; Amplify builds what is pushed"
    exit 0
  fi
  for branch in $branches; do
    say "Amplify builds $branch"
    aws amplify start-job --app-id "$app" --branch-name "$branch" --job-type RELEASE \
      --query jobSummary.jobId --output text >/dev/null ||
      say "  not now: $branch is being built already, or is not in the repository yet" >&2
  done
  say "How it goes: https://$AWS_REGION.console.aws.amazon.com/amplify/apps/$app"
  exit 0
fi

command -v python3 >/dev/null || fail 'python3 is not installed' 'see "Deploy" in README.md'
if [ -n "$output_folder" ]; then
  [ "$build" = false ] || (cd "$source" && bash -c "$install" && bash -c "$command")
  built=$source/$output_folder
else
  build_page
fi
there_is_a_page

mkdir "$work/page"
cp -R "$built/." "$work/page"
cp "$work/runtime-config.json" "$work/page"
# what begins with a dot is nobody's to read, but for one folder that others look into
(cd "$work/page" && find . -name '.?*' ! -name .well-known -prune -exec rm -rf {} + &&
  rm -rf node_modules && python3 -m zipfile -c ../page.zip .)
say "$built: $(find "$work/page" -type f | awk 'END { print NR }') files"

step 'Upload'
branch=${branches%% *}
answer=$(aws amplify create-deployment --app-id "$app" --branch-name "$branch" \
  --query '[jobId,zipUploadUrl]' --output text) ||
  fail 'Amplify takes no upload now' "one that was broken off is ended by: aws amplify stop-job --app-id $app --branch-name $branch --job-id JOB" \
    "JOB is the newest of: aws amplify list-jobs --app-id $app --branch-name $branch"
job=${answer%%$'\t'*}
# the address is good for whoever knows it: no line of a process list shows it
printf 'url = "%s"\n' "${answer#*$'\t'}" |
  curl --fail --silent --show-error --proto '=https' --upload-file "$work/page.zip" --config -
aws amplify start-deployment --app-id "$app" --branch-name "$branch" --job-id "$job" \
  --query jobSummary.status --output text >/dev/null
while :; do
  status=$(aws amplify get-job --app-id "$app" --branch-name "$branch" --job-id "$job" \
    --query job.summary.status --output text)
  case "$status" in
    SUCCEED) break ;;
    FAILED | CANCELLED) fail "the deployment of the page ended as $status" "aws amplify get-job --app-id $app --branch-name $branch --job-id $job" ;;
  esac
  sleep 3
done
say "$page"
