# Papertalk with all that it needs, for PAPERTALK_ACCESS=keys or public: docs/deployment.md.
# Nothing of it needs the network when it runs, and it writes to /data and /tmp alone.

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/papertalk
COPY pyproject.toml constraints.txt README.md LICENSE app.py ./
COPY assistant ./assistant
COPY vectorstore ./vectorstore
COPY prompts ./prompts
COPY examples ./examples
RUN /opt/papertalk/bin/pip install --no-cache-dir -c constraints.txt '.[otel]'

FROM python:3.12-slim-bookworm
COPY --from=build /opt/papertalk /opt/papertalk
COPY --chmod=0755 deploy/entrypoint.sh /usr/local/bin/entrypoint.sh
RUN useradd --system --uid 10001 --no-create-home papertalk && install -d -o papertalk -g papertalk -m 0700 /data
ENV PATH=/opt/papertalk/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PAPERTALK_DATA_DIR=/data \
    PAPERTALK_HOST=0.0.0.0 \
    PAPERTALK_PORT=7860 \
    PAPERTALK_ACCESS=keys \
    PAPERTALK_LOG_FORMAT=json
WORKDIR /data
USER papertalk
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 7860, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["entrypoint.sh"]
CMD ["papertalk", "serve"]
