#!/bin/sh
# Creates the database novaflow_audit, unless it exists, on the server that PGHOST, PGUSER
# and PGPASSWORD name.
set -eu

exists=$(psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'novaflow_audit'")
[ "$exists" = 1 ] || createdb novaflow_audit
