#!/bin/sh
# Creates or upgrades the schema of Temporal's own PostgreSQL, with the tool of the server's release.
# Runs to its end before the server starts; run again, it changes nothing.
#
# Reads SQL_HOST and SQL_USER, and the tool itself reads SQL_PASSWORD.
set -eu

: "${SQL_HOST:?the host of the PostgreSQL that belongs to Temporal}"
: "${SQL_USER:?its user}"
: "${SQL_PASSWORD:?the password of that user}"

# upgrade DATABASE SCHEMA: "create" and "setup-schema" keep what is there; "update-schema" applies whatever is
# newer than the database.
upgrade() {
  database=$1
  schema=$2
  for step in create "setup-schema -v 0.0" "update-schema -d /etc/temporal/schema/postgresql/v12/$schema/versioned"; do
    # A step is words of our own, a command and its options: splitting it is what is wanted.
    # shellcheck disable=SC2086
    temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p 5432 -u "$SQL_USER" --db "$database" $step
  done
}

# The database names that the server's image expects when it is told no others.
upgrade temporal temporal
upgrade temporal_visibility visibility
