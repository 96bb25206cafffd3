#!/bin/sh
# Creates the namespace NAMESPACE with RETENTION if it is missing, when the server at
# TEMPORAL_ADDRESS accepts work. A closed run can be reverted for as long as the retention
# keeps its history.
set -eu

tries=60
until temporal operator cluster health; do
  tries=$((tries - 1))
  if [ "$tries" = 0 ]; then
    echo "the Temporal server at $TEMPORAL_ADDRESS does not accept work" >&2
    exit 1
  fi
  sleep 2
done
temporal operator namespace describe --namespace "$NAMESPACE" ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
