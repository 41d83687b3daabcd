# syntax=docker/dockerfile:1
# The image of every Leadwright process in a cluster: worker, notifier, client.
#
# Node and Debian are those that the tests run on; git 2.39 comes from Debian itself.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

# Everything that is needed to compile: dependencies of both kinds, the Prisma client, dist/.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY . .
RUN node scripts/setup.mjs

# What is needed to run, from the lock file and without running a script of any package.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Temporal's native part comes for every platform at once; only Linux can be this image's (80 MB less).
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && cd node_modules/@temporalio/core-bridge/releases \
    && find . -mindepth 1 -maxdepth 1 -type d ! -name '*-unknown-linux-gnu' -exec rm -r {} +

FROM ${NODE_IMAGE} AS run
# The owner of whatever it writes into a repository of yours, so give it your own ids (`id -u`, `id -g`).
ARG LEADWRIGHT_UID=1000
ARG LEADWRIGHT_GID=1000
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
# The base image's own user has id 1000 and goes first. A uid of 0 is refused: nothing here runs as root. The
# home folder has to be there, with its owner, for a new volume to take that owner over.
RUN test "${LEADWRIGHT_UID}" -ne 0 \
    && userdel --remove node \
    && groupadd --non-unique --gid "${LEADWRIGHT_GID}" leadwright \
    && useradd --non-unique --uid "${LEADWRIGHT_UID}" --gid leadwright --no-create-home --home-dir /tmp leadwright \
    && install -d -o leadwright -g leadwright -m 0700 /var/lib/leadwright /var/lib/leadwright/trees \
    && ln -s /app/bin/leadwright.js /usr/local/bin/leadwright
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY prisma prisma
COPY examples examples
COPY --from=build /app/dist dist
# HOME is a place that is writable even where the root file system is not: package managers want one in tests.
ENV NODE_ENV=production \
    LEADWRIGHT_HOME=/var/lib/leadwright \
    HOME=/tmp
VOLUME /var/lib/leadwright
EXPOSE 4800
USER leadwright
# Told nothing else, the image is a notifier, and this is a notifier's health; docker-compose.yml has a worker's.
# The start period covers the migrations of a first start.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:4800/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/leadwright.js"]
CMD ["notifier"]
