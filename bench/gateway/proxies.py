"""nginx and Envoy: as the upstream, and as the proxies that ours is measured against."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from bench.process import free_port, listening, running
from joserfc import jwt
from joserfc.jwk import ECKey

ANSWER = '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"5"}],"isError":false}}'
NGINX = "/usr/sbin/nginx"
ENVOY = str(Path(sys.executable).parent / "envoy")
ISSUER, AUDIENCE = "https://issuer.example", "https://mcp.example/mcp"

_TYPES = "type.googleapis.com/envoy.extensions.filters"


@contextmanager
def nginx(folder: Path, server: str, http: str = "") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """One worker, with `server` as the content of its only server; its process and port."""
    port = free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        dedent(
            f"""\
            {"user root;" if os.getuid() == 0 else ""}
            worker_processes 1;
            pid nginx.pid;
            error_log stderr error;
            events {{ worker_connections 1024; }}
            http {{
                access_log off;
                keepalive_requests 1000000000;
                client_body_temp_path body; proxy_temp_path proxy;
                fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                {http}
                server {{ listen 127.0.0.1:{port}; {server} }}
            }}
            """
        )
    )
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
    with running(command, dict(os.environ)) as process:
        listening(port, process)
        yield process, port


def upstream() -> str:
    """What stands behind every proxy: it answers at once."""
    return f"location / {{ default_type application/json; return 200 '{ANSWER}'; }}"


def passing(upstream_port: int) -> tuple[str, str]:
    """nginx that does nothing but pass on: its server, and what it needs beside it."""
    http = f"upstream behind {{ server 127.0.0.1:{upstream_port}; keepalive 64; keepalive_requests 1000000000; }}"
    server = 'location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }'
    return server, http


def asking(upstream_port: int, decider_port: int, path: str, *, cached: bool) -> tuple[str, str]:
    """nginx that asks ours about each call, or takes an answer of the last second."""
    server, http = passing(upstream_port)
    http += f" upstream decider {{ server 127.0.0.1:{decider_port}; keepalive 64; keepalive_requests 1000000000; }}"
    remembered = ""
    if cached:
        http += " proxy_cache_path cache keys_zone=decisions:1m;"
        remembered = "proxy_cache decisions; proxy_cache_key $http_authorization; proxy_cache_methods GET HEAD;"
    decided = (
        f"location = /decided {{ internal; proxy_pass http://decider{path}; proxy_http_version 1.1; "
        f'proxy_set_header Connection ""; proxy_set_header Content-Length ""; proxy_pass_request_body off; '
        f"proxy_method GET; {remembered} }}"
    )
    return f"{server.replace('{ ', '{ auth_request /decided; ', 1)} {decided}", http


@contextmanager
def envoy(
    folder: Path, upstream_port: int, filters: list[dict[str, object]]
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Envoy with one worker and these HTTP filters before its router; its process and port."""
    port = free_port()
    folder.mkdir()
    router = {
        "name": "router",
        "typed_config": {"@type": f"{_TYPES}.http.router.v3.Router"},
    }
    manager = {
        "@type": f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "behind"}}],
                }
            ]
        },
        "http_filters": [*filters, router],
    }
    config = {
        "static_resources": {
            "listeners": [
                {
                    "address": _address(port),
                    "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
                }
            ],
            "clusters": [
                {
                    "name": "behind",
                    "type": "STATIC",
                    "load_assignment": {
                        "cluster_name": "behind",
                        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(upstream_port)}}]}],
                    },
                }
            ],
        }
    }
    path = folder / "envoy.json"
    path.write_text(json.dumps(config))
    command = [ENVOY, "--config-path", str(path), "--concurrency", "1", "--log-level", "error"]
    command += ["--disable-hot-restart"]
    with running(command, dict(os.environ)) as process:
        listening(port, process)
        yield process, port


def jwt_authn() -> tuple[list[dict[str, object]], str]:
    """Envoy's own check of a JWT, which it remembers; and a token that passes."""
    key = ECKey.generate_key("P-256", {"kid": "bench", "alg": "ES256", "use": "sig"})
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "account_1", "scope": "mcp", "iat": now, "exp": now + 86_400}
    provider = {
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "forward": False,
        "local_jwks": {"inline_string": json.dumps({"keys": [key.as_dict(private=False)]})},
        "jwt_cache_config": {"jwt_cache_size": 1000},
    }
    checked: dict[str, object] = {
        "name": "jwt",
        "typed_config": {
            "@type": f"{_TYPES}.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"bench": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "bench"}}],
        },
    }
    return [checked], jwt.encode({"alg": "ES256", "kid": "bench", "typ": "at+jwt"}, claims, key)


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
