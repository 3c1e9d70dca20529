# The whole sandbox, made-up people and all: for a look at it, never for real records.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional --ignore-scripts

FROM node:24.21.0-bookworm-slim
ENV SANDBOX_DATA=/data/sandbox
WORKDIR /app
COPY --from=packages /app/node_modules/ node_modules/
COPY . ./
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["node", "containers/healthy.ts", "http://127.0.0.2:4000/front-door/health"]
CMD ["node", "sandbox/main.ts"]
