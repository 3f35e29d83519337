#!/bin/sh
# Before the first `docker compose up`: builds the image of the services and makes .env with fresh secrets.
# Needs nothing but Docker. Run again, it leaves the secrets that are there as they are.
set -eu

cd "$(dirname "$0")/../.."

image=cabinet-services:local
docker build --target services --tag "$image" .

umask 077
mkdir -p .local
fresh=.local/env.$$
trap 'rm -f "$fresh"' EXIT

# The secrets are made in the image, which has what it takes, and pass through a pipe: no network, no shared
# folder.
if [ ! -e .env ]; then : >.env; fi
docker run --rm --interactive --network none --read-only "$image" \
    python -m deploy.docker.make_env - <.env >"$fresh"
mv "$fresh" .env

echo ".env is complete. Now: docker compose up"
