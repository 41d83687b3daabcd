# syntax=docker/dockerfile:1
# The image of every Leadwright process in a cluster: worker, notifier, client.
#
# The versions of Node and Debian are those that the tests run on; git 2.39 comes from Debian.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

# Build stage: all dependencies, the Prisma client, dist/.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY . .
RUN node scripts/setup.mjs

# Runtime dependencies from the lock file, without running any package's install scripts.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Temporal's native module includes every platform. This image needs only Linux, which saves 80 MB.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && cd node_modules/@temporalio/core-bridge/releases \
    && find . -mindepth 1 -maxdepth 1 -type d ! -name '*-unknown-linux-gnu' -exec rm -r {} +

FROM ${NODE_IMAGE} AS run
# The user and group that own the files it writes into your repositories. Use your own ids (`id -u`, `id -g`).
ARG LEADWRIGHT_UID=1000
ARG LEADWRIGHT_GID=1000
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git \
    && rm -rf /var/lib/apt/lists/*
# The base image's user has id 1000, so it is removed first. A uid of 0 is refused, so that nothing runs as root. The
# home folder is created with its owner, because a new volume takes the owner from it.
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
# Package managers in tests need a writable HOME; /tmp is writable even when the root file system is read-only.
ENV NODE_ENV=production \
    LEADWRIGHT_HOME=/var/lib/leadwright \
    HOME=/tmp
VOLUME /var/lib/leadwright
EXPOSE 4800
USER leadwright
# The health check of a notifier, which is the image's default command; docker-compose.yml has the worker's. The start
# period covers the migrations of a first start.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:4800/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/leadwright.js"]
CMD ["notifier"]
