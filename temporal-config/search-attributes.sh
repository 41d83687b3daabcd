#!/bin/sh
# Registers Leadwright's namespace and search attributes on a Temporal server of one's own, and returns once
# the server accepts them. Run again, it changes nothing; an attribute of another type is an error.
#
# Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, as the `temporal` CLI itself does. Temporal Cloud registers
# both through its own console or CLI instead: see README.md.
set -eu

: "${TEMPORAL_ADDRESS:?the host and port of the Temporal server}"
: "${TEMPORAL_NAMESPACE:?the namespace that Leadwright shall use}"

# How long the history of a finished workflow is kept: a month, so that `leadwright replay --run` and the
# Temporal UI can still show a run while people talk about it. An open run is kept however long it waits.
RETENTION=720h

# A new namespace and a new attribute reach every part of the server within its cache interval, which is ten
# seconds; thirty attempts two seconds apart leave room for a slow machine.
ATTEMPTS=30
PAUSE_SECONDS=2

# eventually COMMAND...: runs it until it succeeds, and shows what it last said when it never does.
eventually() {
  attempt=1
  while ! said=$("$@" 2>&1); do
    if [ "$attempt" -ge "$ATTEMPTS" ]; then
      printf '%s\n' "$said" >&2
      printf 'gave up after %s attempts: %s\n' "$ATTEMPTS" "$*" >&2
      exit 1
    fi
    attempt=$((attempt + 1))
    sleep "$PAUSE_SECONDS"
  done
}

# Of two jobs at once, the one whose "create" comes second fails, and finds the namespace when it tries again.
ensure_namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
      --description "Leadwright's runs and tasks"
}

register_attributes() {
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name LeadwrightRun --type Keyword \
    --name LeadwrightTask --type Keyword \
    --name LeadwrightRole --type Keyword \
    --name LeadwrightStatus --type Keyword
}

# A query that names all four is refused until the server knows them, and so is a workflow that carries them.
query_attributes() {
  temporal workflow list --namespace "$TEMPORAL_NAMESPACE" --limit 1 --query \
    "LeadwrightRun = '-' AND LeadwrightTask = '-' AND LeadwrightRole = '-' AND LeadwrightStatus = '-'"
}

eventually temporal operator cluster health
eventually ensure_namespace
eventually register_attributes
eventually query_attributes
echo "namespace $TEMPORAL_NAMESPACE is ready"
