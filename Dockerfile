# Stage 1 builds the wheel with the same command a developer uses; stage 2 runs it as an ordinary
# user and has neither Node nor compilers nor sources. Without MARKET_DATABASE_URL the market runs
# its own PostgreSQL in /data; compose.yaml runs web, watch and worker beside an external one.

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.in requirements.txt requirements-dev.in requirements-dev.txt dev.py ./
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY app app
COPY search search
COPY frontend frontend
COPY migrations migrations
RUN python3 dev.py build \
 && .venv/bin/python -m hatchling build -t wheel -d /wheel

FROM python:3.11-slim
LABEL org.opencontainers.image.title="keji-market" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    --mount=type=bind,from=build,source=/wheel,target=/wheel \
    pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes -r /tmp/requirements.txt \
 && pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index /wheel/*.whl \
 && useradd --create-home --uid 10001 market \
 && install -d -o market -g market -m 0700 /data /backups
USER market
WORKDIR /home/market
# Outside demo mode MARKET_SECRET_KEY must be given; there is no default on purpose.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MARKET_MODE=production MARKET_HOST=0.0.0.0 MARKET_PORT=8000 MARKET_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['MARKET_PORT'] + '/healthz', timeout=4)"]
CMD ["market", "up"]
