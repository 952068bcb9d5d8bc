#!/bin/sh
# Calls the API from a device that has curl (7.75 or later) and nothing of AWS: ./device.sh URL [curl's options]
# curl signs a URL as it stands: give the parameters of its query sorted by name, and a path without % in it.
# The credentials are in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where they are temporary, AWS_SESSION_TOKEN.
# AWS_SERVICE=s3 or dynamodb signs for these: what the credentials reach of them besides.
set -eu
url=$1
shift
if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
  set -- --header "x-amz-security-token: $AWS_SESSION_TOKEN" "$@"
fi
exec curl --fail-with-body --silent --show-error \
  --aws-sigv4 "aws:amz:"us-east-1":${AWS_SERVICE:-execute-api}" \
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@" "$url"
