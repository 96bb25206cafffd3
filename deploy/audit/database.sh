#!/bin/sh
# Makes the database novaflow_audit on the server that PGHOST, PGUSER and
# PGPASSWORD name, unless it is there.
set -eu

there=$(psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'novaflow_audit'")
[ "$there" = 1 ] || createdb novaflow_audit
