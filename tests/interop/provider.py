"""PyPI's django-oauth-toolkit as a program: `python provider.py CLIENT_ID REDIRECT_URI`.

Knows Ada, who signs in and is asked as at the server of this repository. Everything is in memory.
"""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

CLIENT_ID, REDIRECT_URI = sys.argv[1:]

# The ids are those that `approve` of support.mjs looks for.
LOGIN = '<form method="post">{% csrf_token %}{{ form }}<button id="login">Sign in</button></form>'
CONSENT = """
<form method="post">{% csrf_token %}{% for field in form.hidden_fields %}{{ field }}{% endfor %}
<button id="deny">No</button><button id="approve" name="allow" value="yes">Yes</button></form>
"""
PAGES = {"registration/login.html": LOGIN, "oauth2_provider/authorize.html": CONSENT}


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        """Says nothing: the log would go where errors go."""


server = make_server("127.0.0.1", 0, None, handler_class=Handler)
issuer = f"http://127.0.0.1:{server.server_port}"
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

settings.configure(
    SECRET_KEY="for one test run",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    LOGIN_URL="/login",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    # The ones for real passwords are slow on purpose.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", PAGES)]},
        }
    ],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_ISS_ENDPOINT": issuer,
        "OIDC_RSA_PRIVATE_KEY": key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
        "OAUTH2_VALIDATOR_CLASS": "__main__.Claims",
        "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "SCOPES": {"openid": "You", "profile": "Your name", "email": "Your address"},
    },
)
django.setup()

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from oauth2_provider.models import Application
from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):
    def get_additional_claims(self):
        return {
            "sub": lambda request: request.user.username,
            "email": lambda request: request.user.email,
        }


urlpatterns = [path("login", LoginView.as_view()), path("", include("oauth2_provider.urls"))]

call_command("migrate", verbosity=0)
User.objects.create_user("ada", "ada@example.com", "correct horse battery staple")
Application.objects.create(
    client_id=CLIENT_ID,
    client_type=Application.CLIENT_PUBLIC,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    redirect_uris=REDIRECT_URI,
    algorithm=Application.RS256_ALGORITHM,
)
server.set_app(get_wsgi_application())
print(f"django-oauth-toolkit listens on {issuer}", flush=True)
server.serve_forever()
