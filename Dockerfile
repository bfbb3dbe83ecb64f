# One image for every service: `fairground gateway`, `ledger`, `engines`, `leaderboards`, `rgs`, and `fairground migrate`;
# insights stand in an environment of their own, /opt/insights, since Faust asks for an older package than the rest.

FROM python:3.11-slim AS build
RUN python -m venv /opt/fairground
ENV PATH=/opt/fairground/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# The dependencies first: they change less often than the code.
COPY requirements.lock requirements-insights.lock ./
RUN pip install --require-hashes -r requirements.lock
RUN python -m venv /opt/insights && /opt/insights/bin/pip install --require-hashes -r requirements-insights.lock
COPY pyproject.toml README.md LICENSE ./
COPY deploy/kafka deploy/kafka
COPY deploy/worlds deploy/worlds
COPY shared shared
COPY services services
RUN pip install --no-deps --no-build-isolation . && /opt/insights/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/fairground --create-home fairground
COPY --from=build /opt/fairground /opt/fairground
COPY --from=build /opt/insights /opt/insights
ENV PATH=/opt/fairground/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /var/lib/fairground
USER 10001
# The doors, and the probes of what has none.
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
ENTRYPOINT ["fairground"]
CMD ["--help"]
