#!/bin/sh
# Makes the namespace NAMESPACE with RETENTION when it is missing, once the server
# at TEMPORAL_ADDRESS takes work. A closed run can be taken back for as long as
# the retention keeps its history.
set -eu

tries=60
until temporal operator cluster health; do
  tries=$((tries - 1))
  if [ "$tries" = 0 ]; then
    echo "the Temporal server at $TEMPORAL_ADDRESS does not take work" >&2
    exit 1
  fi
  sleep 2
done
temporal operator namespace describe --namespace "$NAMESPACE" ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
