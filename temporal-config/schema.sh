#!/bin/sh
# Creates or upgrades the schema of Temporal's own PostgreSQL, with the tool of the server's release.
# Runs to its end before the server starts; run again, it changes nothing.
#
# Reads SQL_HOST, SQL_USER and SQL_PASSWORD.
set -eu

: "${SQL_HOST:?the host of the PostgreSQL that belongs to Temporal}"
: "${SQL_USER:?its user}"
: "${SQL_PASSWORD:?the password of that user}"

# Temporal's database and its visibility database, under the names that the server's image expects.
for name in temporal visibility; do
  case "$name" in
    temporal) database=temporal ;;
    visibility) database=temporal_visibility ;;
  esac
  sql_tool() {
    temporal-sql-tool --plugin postgres12 --endpoint "$SQL_HOST" --port 5432 --user "$SQL_USER" \
      --database "$database" "$@"
  }
  # "create" and "setup-schema" keep what is there; "update-schema" applies what is newer than the database.
  sql_tool create
  sql_tool setup-schema --version 0.0
  sql_tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$name/versioned"
done
