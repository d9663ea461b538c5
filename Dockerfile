# The packages, pinned with their hashes, in a folder of their own: the compiler's leftovers stay behind.
FROM python:3.13-slim-trixie AS packages
# EXTRA=requirements-s3.txt adds what files in a bucket need.
ARG EXTRA=requirements.txt
COPY requirements.txt requirements-s3.txt /tmp/
RUN python -m venv /venv && \
    /venv/bin/pip install --no-cache-dir --no-input --require-hashes -r /tmp/requirements.txt -r /tmp/$EXTRA

FROM python:3.13-slim-trixie AS line
# pg_dump and psql for backup and restore. Debian trixie has version 17: that is the server's in docker-compose.yml.
# Whatever Debian mended since is wanted, so no version is named.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends postgresql-client && \
    rm -rf /var/lib/apt/lists/*
# Owned by the account that writes there: a new volume takes the owner over from the image.
RUN groupadd --gid 10001 melikgazi && \
    useradd --system --uid 10001 --gid 10001 --no-create-home melikgazi && \
    install -d -o melikgazi -m 0700 /srv/media
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The settings want these to be there; nothing is asked of them, and none of it stays in the image.
RUN SECRET_KEY=build DATABASE_URL=postgres://build/build BROKER_URL=redis://build \
    WHATSAPP_APP_SECRET=build WHATSAPP_VERIFY_TOKEN=build WHATSAPP_ACCESS_TOKEN=build WHATSAPP_PHONE_NUMBER_ID=build \
    python manage.py collectstatic --no-input
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "melikgazi.web", "--host", "0.0.0.0", "--port", "8000"]

# A trial by itself, with a database, a broker and an emulated WhatsApp: `docker compose --profile trial up trial`.
FROM line AS trial
USER 0:0
RUN /venv/bin/pip install --no-cache-dir --no-input --require-hashes -r requirements.txt -r requirements-local.txt && \
    install -d -o melikgazi -m 0700 /srv/trial
USER 10001:10001
ENV MEDIA_ROOT=/srv/trial/media PYTHONPATH=/app
CMD ["python", "-m", "tooling.run", "--demo", "--data", "/srv/trial"]

# What is built where no stage is named.
FROM line
