#!/usr/bin/env bash
# Builds the page and puts it where CloudFront finds it, in an order that no open page notices: what the new page
# needs goes up before the page, and what the old one needs stays. deploy.sh runs this at its end; run it by itself
# after a change of the page. Safe to run again at any time. Works with the bash of macOS (3.2) too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

stack=box-office-web
region=us-east-1
source=web
# for how long files stay that no release needs any more
keep_days=30

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

# hashed FILE: whether the build put a hash of its content into its name: eight characters, a capital one among them.
# What is in public/, or was not built at all, has the name that somebody gave it, and may change under it.
hashed() {
  [ "$built" != "$source" ] && [ ! -e "$source/public/$1" ] &&
    [[ $1 =~ -([A-Za-z0-9_-]{8})(\.[a-z0-9]+)+$ && ${BASH_REMATCH[1]} =~ [A-Z] ]]
}

# content_type ENDING: told here, because what the AWS CLI makes of a name differs from machine to machine
content_type() {
  local kind
  kind=$(say "${1#.}" | tr '[:upper:]' '[:lower:]')
  case "$kind" in
    html | htm) say 'text/html; charset=utf-8' ;;
    js | mjs) say 'text/javascript; charset=utf-8' ;;
    css) say 'text/css; charset=utf-8' ;;
    json | map | /apple-app-site-association) say application/json ;;
    webmanifest) say application/manifest+json ;;
    txt | md) say 'text/plain; charset=utf-8' ;;
    xml) say application/xml ;;
    svg) say image/svg+xml ;;
    png | gif | webp | avif) say "image/$kind" ;;
    jpg | jpeg) say image/jpeg ;;
    ico) say image/x-icon ;;
    woff | woff2 | ttf | otf) say "font/$kind" ;;
    wasm | pdf | zip) say "application/$kind" ;;
    mp4 | webm) say "video/$kind" ;;
    *) say application/octet-stream ;;
  esac
}

# upload FOLDER CACHE_CONTROL: all files below it, a kind at a time
upload() {
  local ending
  (cd "$1" && find . -type f) | sed 's/.*\(\/[^/]*\)$/\1/; s/.*\(\.[^.]*\)$/\1/' | sort -u >"$work/endings"
  while IFS= read -r ending; do
    aws s3 cp --only-show-errors --recursive "$1" "s3://$bucket/site/" --exclude '*' --include "*${ending#/}" \
      --content-type "$(content_type "$ending")" --cache-control "$2" </dev/null
  done <"$work/endings"
}

step 'Page'
read_outputs
bucket=$(output SiteBucketName)
distribution=$(output SiteDistributionId)
build_page
there_is_a_page

# The page as it is to be, sorted by how long it may be kept: assets for good, the rest not without asking anew.
mkdir "$work/assets" "$work/rest"
(cd "$built" && find . -type f ! -name '.*' ! -path '*/.git/*' ! -path '*/node_modules/*') | sed 's/^\.\///' | sort >"$work/release"
while IFS= read -r file; do
  to=rest
  if hashed "$file"; then to=assets; fi
  mkdir -p "$work/$to/$(dirname "$file")"
  cp "$built/$file" "$work/$to/$file"
done <"$work/release"
output RuntimeConfig >"$work/rest/runtime-config.json"
mv "$work/rest/index.html" "$work/index.html"
grep -qx runtime-config.json "$work/release" || say runtime-config.json >>"$work/release"
say "$built: $(awk 'END { print NR }' "$work/release") files"

step "Upload to $bucket"
aws s3api list-objects-v2 --bucket "$bucket" --prefix site/ --query 'Contents[].[Key]' --output text |
  sed -n 's/^site\///p' >"$work/there"
# the name tells the content: what is there is the same
while IFS= read -r file; do rm -f "$work/assets/$file"; done <"$work/there"
upload "$work/assets" 'public, max-age=31536000, immutable'
upload "$work/rest" no-cache
aws s3 cp --only-show-errors "$work/index.html" "s3://$bucket/site/index.html" \
  --content-type "$(content_type .html)" --cache-control no-cache

# Files that no release needs any more: on which day that was so first, and those whose time is over.
today=$(($(date +%s) / 86400))
aws s3 cp --only-show-errors "s3://$bucket/unneeded" "$work/known" 2>/dev/null || : >"$work/known"
awk -F '\t' -v today="$today" '
  FILENAME ~ /release$/ { needed[$0] = 1; next }
  FILENAME ~ /known$/ { since[$2] = $1; next }
  !($0 in needed) { print (($0 in since) ? since[$0] : today) "\t" $0 }
' "$work/release" "$work/known" "$work/there" >"$work/unneeded"
awk -F '\t' -v last=$((today - keep_days)) '$1 <= last { print $2 }' "$work/unneeded" >"$work/over"
while IFS= read -r file; do
  say "$file was not needed for $keep_days days"
  aws s3 rm --only-show-errors "s3://$bucket/site/$file" </dev/null
done <"$work/over"
awk -F '\t' -v last=$((today - keep_days)) '$1 > last' "$work/unneeded" >"$work/kept"
aws s3 cp --only-show-errors "$work/kept" "s3://$bucket/unneeded" --content-type text/plain

# what may be at an edge under a name that stays; the first 1,000 paths of a month cost nothing
aws cloudfront create-invalidation --distribution-id "$distribution" --paths / /index.html /runtime-config.json \
  --query Invalidation.Id --output text >/dev/null
say "$(output SiteUrl)"
