"""Every address of the system."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from melikgazi.back_office import autocomplete, first_day, guides, identity
from melikgazi.back_office.home import home
from melikgazi.observability import health, metrics
from melikgazi.web.security_txt import security_txt

# What nobody offers is 404. Django would lead whoever has not signed in from any address under it to the sign-in, and
# tell by "r/" of rows by the number of their table.
admin.site.final_catch_all_view = False
_pages, _app, _space = admin.site.urls
_back_office = ([page for page in _pages if getattr(page, "name", "") != "view_on_site"], _app, _space)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("admin/", include("melikgazi.sign_in.urls")),
    path("admin/", include("tickets.admin_urls")),
    path("admin/kilavuz/<str:name>/", admin.site.admin_view(guides.guide), name="kilavuz"),
    path("admin/ilk-gun/", admin.site.admin_view(first_day.first_day), name="ilk_gun"),
    path("admin/autocomplete/", admin.site.admin_view(autocomplete.rows), name="secenekler"),
    path("admin/", _back_office),
    path("api/v1/", include("tickets.rest_api.urls")),
    path("", include("tickets.public.urls")),
    path("open311/", include("tickets.open311.urls")),
    path("whatsapp/", include("whatsapp.urls")),
    path("arma", identity.crest, name="crest"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path(".well-known/security.txt", security_txt, name="security-txt"),
    path("metrics", metrics.metrics, name="metrics"),
]
if settings.EMULATOR:
    urlpatterns.append(path("emulator/", include("melikgazi.web.emulator_proxy")))
