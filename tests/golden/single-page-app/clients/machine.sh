#!/bin/sh
# Calls the API from a device that has curl and no user: ./machine.sh URL [curl's options]
# CLIENT_ID and CLIENT_SECRET are the device's own: give every device a client of its own, so that one can be shut out.
# The secret goes to curl through a pipe: what stands on a command line, every process of the device can read.
set -eu
url=$1
shift
issuer=${ISSUER:-https://login.example.com/}
audience=${AUDIENCE:-box-office}

# field NAME: a text of the JSON that comes in
field() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"; }

get() { curl --fail --silent --show-error "$@"; }

address=$(get "${issuer%/}/.well-known/openid-configuration" | tr -d '\n' | field token_endpoint)
token=$(printf 'user = "%s:%s"\n' "$CLIENT_ID" "$CLIENT_SECRET" |
  get --config - --data grant_type=client_credentials --data-urlencode "scope=${SCOPE:-}" \
    ${audience:+--data-urlencode "audience=$audience"} \
    "$address" | tr -d '\n' | field access_token)
printf 'header = "Authorization: Bearer %s"\n' "$token" |
  curl --fail-with-body --silent --show-error --config - "$@" "$url"
