#!/bin/bash
# Run once, by PostgreSQL's image on an empty volume: the database and its two roles, of which one
# owns everything and migrates, and the other is what the API and the workers are.
set -euo pipefail
owner=$(cat /run/secrets/database_owner_password)
application=$(cat /run/secrets/database_password)
psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres \
	-v owner="$owner" -v application="$application" <<'SQL'
CREATE ROLE crier_owner LOGIN PASSWORD :'owner';
CREATE ROLE crier LOGIN PASSWORD :'application';
CREATE DATABASE crier OWNER crier_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE crier FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE crier TO crier;
SQL
