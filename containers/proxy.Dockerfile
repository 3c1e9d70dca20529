# The proxy: what it imports, packages without those of development, and nobody's rights.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
WORKDIR /app
COPY --from=packages /app/node_modules/ node_modules/
COPY package.json ./
COPY containers/healthy.ts containers/
COPY smart/ smart/
COPY network/ network/
COPY service/ service/
COPY proxy/ proxy/
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["node", "containers/healthy.ts"]
CMD ["node", "--max-semi-space-size=8", "proxy/main.ts"]
