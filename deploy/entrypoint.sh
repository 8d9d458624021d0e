#!/bin/sh
# Each file in /run/secrets becomes the environment variable that it is named after, such as OPENAI_API_KEY: so keys
# stand neither in the image nor in compose.yaml, and 'docker inspect' does not show them.
set -eu
for file in "${SECRETS_DIR:-/run/secrets}"/*; do
    [ -f "$file" ] && export "$(basename "$file")=$(cat "$file")"
done
unset file
exec "$@"
