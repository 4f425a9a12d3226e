"""What is built and switched on, gathered from the rooms that do it; the metadata is made of this (RFC 8414 §2)."""

from consentry.clients.model import AUTH_METHODS
from consentry.deployments.scope_map import WHOLE_SCOPE
from consentry.grants import id_token, userinfo
from consentry.grants.authentication import PROMPTS
from consentry.grants.token import GRANTS, offered
from consentry.spec import acr, jose, scopes
from consentry.spec.metadata import ENDPOINTS, Features
from consentry.web.site import Site


def features(site: Site) -> Features:
    return Features(
        # Clients that see offline_access here ask for it, and show the person that they will stay connected.
        scopes=(WHOLE_SCOPE, scopes.OFFLINE_ACCESS, scopes.OPENID, scopes.EMAIL, scopes.PROFILE),
        grant_types=tuple(name for name in GRANTS if offered(name, site.terms)),
        auth_methods=AUTH_METHODS,
        endpoints=tuple(
            name for name in ENDPOINTS if name != "device_authorization_endpoint" or site.terms.device_authorization
        ),
        signing_algs=(site.signer.algorithm,),
        metadata_documents=site.clients.offered,
        claims=tuple(dict.fromkeys((*id_token.CLAIMS, *userinfo.CLAIMS))),
        prompts=PROMPTS,
        acr_values=acr.VALUES,
        require_pushed=site.terms.require_pushed_requests,
        auth_signing_algs=jose.ALGORITHMS,
        links=site.links,
    )
