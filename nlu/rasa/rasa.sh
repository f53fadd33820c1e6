#!/usr/bin/env bash
# Rasa's command in its own environment. By itself it would write into the home folder and tell its makers.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export HOME="$here/.home" RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3
mkdir -p "$HOME"
exec "$here/.venv/bin/python" "$here/quiet.py" "$@"
