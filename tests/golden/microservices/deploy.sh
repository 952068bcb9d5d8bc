#!/usr/bin/env bash
# Deploys what the services share, then one service after the other: what is called before what calls. Each has a
# deploy.sh of its own, which is all that is needed to deploy it alone. Works with the bash of macOS (3.2) too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

order='platform catalog orders'

usage() {
  cat <<'END'
usage: ./deploy.sh [--from SERVICE] [--plan] [--yes] [--leave-data] [--region REGION]

  --from SERVICE   begin with this one; those before it stand already
  All else is said to each deploy.sh. A parameter is one service's: say it to the deploy.sh in its folder.
END
}

wrong_usage() {
  printf 'error: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

from=
options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --from) [ $# -gt 1 ] || wrong_usage '--from needs a service'; from=$2; shift ;;
    --plan | --yes | --leave-data) options+=("$1") ;;
    --region) [ $# -gt 1 ] || wrong_usage '--region needs a Region'; options+=("$1" "$2"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) wrong_usage "unknown option $1" ;;
  esac
  shift
done
case " $order " in
  *" ${from:-platform} "*) ;;
  *) wrong_usage "there is no service $from to begin with; there is: $order" ;;
esac

done_before=${from:+yes}
for name in $order; do
  [ "$name" != "$from" ] || done_before=
  [ -z "$done_before" ] || continue
  folder=services/$name
  [ "$name" != platform ] || folder=platform
  printf '\n==== %s (%s)\n' "$name" "$folder"
  "$folder/deploy.sh" ${options[@]+"${options[@]}"} || {
    printf '\nerror: %s is not deployed; those before it are, and those behind it are as they were\n' "$name" >&2
    printf '  = hint: when that is mended, go on with: %s\n' "$(printf '%q ' ./deploy.sh ${options[@]+"${options[@]}"} --from "$name")" >&2
    exit 1
  }
done
printf '\n==== Done: %s\n' "$order"
