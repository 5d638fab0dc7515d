"""Authlib as a client, told what to do by `authlib.mjs`: a line of JSON in, a line out."""

import json
import sys
from time import time

from authlib.integrations.django_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from django.conf import settings
from django.test import RequestFactory
from joserfc import jwk
from requests import HTTPError

METHODS = {
    "basic": "client_secret_basic",
    "post": "client_secret_post",
    "none": "none",
    "key": "private_key_jwt",
}

settings.configure()


class Client:
    def __init__(
        self,
        issuer,
        clientId,
        auth,
        clientSecret=None,
        key=None,
        redirectUri=None,
        scope=None,
        resource=None,
        ask=None,
        discovery="openid-configuration",
    ):
        secret = jwk.import_key(key["jwk"]) if key else clientSecret
        self.redirect_uri, self.ask = redirectUri, ask or {}
        self.target = {"resource": resource} if resource else {}
        # Where a signed cookie keeps them, the sessions of Django can come back.
        self.cookie = {}

        def sign(*request):
            # By itself an assertion lives for an hour, and one object makes one `jti`.
            claims = {"exp": int(time()) + 60}
            # Calls it the token endpoint, but it is the audience.
            return PrivateKeyJWT(issuer, claims, alg=key["alg"])(*request)

        by_key = ("private_key_jwt", sign)
        self.app = OAuth().register(
            "app",
            client_id=clientId,
            client_secret=secret,
            server_metadata_url=f"{issuer}/.well-known/{discovery}",
            client_auth_methods=[by_key],
            client_kwargs={
                "scope": scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": METHODS[auth],
            },
        )
        self.server = self.app.load_server_metadata()
        self.session = OAuth2Session(
            clientId,
            secret,
            scope=scope,
            token_endpoint=self.server["token_endpoint"],
            token_endpoint_auth_method=METHODS[auth],
            # Would be Basic by itself, whatever the other one is.
            revocation_endpoint_auth_method=METHODS[auth],
        )
        self.session.register_client_auth_method(by_key)

    def begin(self):
        """Says where the user has to go."""
        request = RequestFactory().get("/login")
        request.session = self.cookie
        return self.app.authorize_redirect(
            request, self.redirect_uri, **self.target, **self.ask
        ).url

    def receive(self, url, body=None):
        """Redeems the code of a callback, in the URL or posted."""
        if body is None:
            request = RequestFactory().get(url)
        else:
            form = "application/x-www-form-urlencoded"
            request = RequestFactory().post(url, body, content_type=form)
        request.session = dict(self.cookie)
        tokens = self.app.authorize_access_token(request, **self.target)
        claims = tokens.pop("userinfo")
        return {"tokens": tokens, "claims": claims}

    def userinfo(self, tokens):
        return self.app.userinfo(token=tokens)

    def open(self, token, url):
        """What a token opens."""
        answer = self.app.get(url, token={"access_token": token, "token_type": "bearer"})
        return {"status": answer.status_code, "text": answer.text}

    def refresh(self, tokens):
        # By itself it asks for the scope of the login, which the user may not have agreed to.
        tokens = self.session.refresh_token(
            refresh_token=tokens["refresh_token"], scope=tokens["scope"], **self.target
        )
        return {"tokens": tokens, "claims": self.app.parse_id_token(tokens, None)}

    def revoke(self, token):
        url = self.server["revocation_endpoint"]
        self.session.revoke_token(url, token).raise_for_status()

    def introspect(self, token):
        answer = self.session.introspect_token(self.server["introspection_endpoint"], token)
        answer.raise_for_status()
        return answer.json()

    def credentials(self):
        return self.session.fetch_token(
            grant_type="client_credentials", scope=self.session.scope, **self.target
        )

    def read(self, token):
        """Reads an access token as the API does that it is for."""

        class Validator(JWTBearerTokenValidator):
            def get_jwks(_):
                return jwk.KeySet.import_key_set(self.app.fetch_jwk_set())

        validator = Validator(self.server["issuer"], self.target["resource"])
        claims = validator.authenticate_token(token)
        validator.validate_token(claims, [self.session.scope], None)
        return claims

    def sign_out(self, tokens, to):
        """Says where the user has to go."""
        request = RequestFactory().get("/logout")
        request.session = self.cookie
        return self.app.logout_redirect(request, to, tokens["id_token"]).url

    def signed_out(self, url):
        request = RequestFactory().get(url)
        request.session = self.cookie
        self.app.validate_logout_response(request)


clients = []


def answer(number, command, asked):
    try:
        if command == "configure":
            clients.append(Client(**asked))
            return {"answer": len(clients) - 1}
        return {"answer": getattr(clients[number], command)(**asked)}
    except HTTPError as error:
        status, text = error.response.status_code, error.response.text
        return {"refused": {"error": str(status), "message": text}}
    except Exception as error:
        code = getattr(error, "error", type(error).__name__)
        return {"refused": {"error": code, "message": str(error)}}


for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))), flush=True)
