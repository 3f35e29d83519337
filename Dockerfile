# Two images from one file:
#   services  what production runs: every service, the gateway, migrations, topology. The default.
#   outside   the same with the stand-ins on top: the sandbox and the demo's loader.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements.lock deploy/docker/subset.py ./
# Nothing is compiled: every package comes as a wheel. yookassa alone is published as source, in pure Python;
# it is built with the setuptools of the lock, because what pip fetches for an isolated build is checked
# against no hash. The environment gets no pip of its own.
RUN python -m venv --without-pip /opt/venv \
    && python subset.py requirements.lock setuptools > setuptools.lock \
    && python -m pip --python /opt/venv/bin/python install --require-hashes --only-binary=:all: \
        -r setuptools.lock \
    && python -m pip --python /opt/venv/bin/python install --require-hashes --only-binary=:all: \
        --no-binary=yookassa --no-build-isolation -r requirements.lock


FROM build AS build-outside
COPY requirements-dev.lock ./
RUN python subset.py requirements-dev.lock aiosmtpd httpx orjson starlette uvicorn > outside.lock \
    && python -m pip --python /opt/venv/bin/python install --require-hashes --only-binary=:all: \
        -r outside.lock


FROM python:3.11-slim-bookworm AS base
# HOME: the user has none, and the file system may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROVIDERS_DIR=/app/providers
# The folders are where volumes are mounted: a new volume takes their owner over.
RUN groupadd --gid 10001 cabinet \
    && useradd --uid 10001 --gid cabinet --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin cabinet \
    && install -d -o cabinet -g cabinet \
        /var/lib/cabinet/broker /var/lib/cabinet/clock /var/lib/cabinet/demo
WORKDIR /app
# The code stays root's: a service can't change what it runs.
COPY contracts contracts
COPY chassis chassis
COPY authorisation authorisation
COPY services services
COPY gateway gateway
COPY providers providers
COPY deploy deploy


FROM base AS outside
COPY --from=build-outside /opt/venv /opt/venv
COPY sandbox sandbox
COPY demo demo
RUN python -m compileall -q .
USER 10001:10001
CMD ["python", "-m", "sandbox"]


FROM base AS services
COPY --from=build /opt/venv /opt/venv
RUN python -m compileall -q .
USER 10001:10001
# Exec form: the service itself gets SIGTERM, and ends what it has in hand within 25 seconds.
CMD ["python", "-m", "chassis.run", "gateway.service"]
