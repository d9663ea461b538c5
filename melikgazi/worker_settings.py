"""The settings of the workers: the same, without the apps that only pages need. How many work: WORKERS in settings.py.

Models are what a worker needs of an app. The admin's own stays for its table of changes, without looking for the admin
classes of every app; what draws pages, describes the API or reads spreadsheets into tables stays away.
"""

from melikgazi.settings import *  # noqa: F403 - all of them
from melikgazi.settings import INSTALLED_APPS as _EVERY_APP

_ONLY_FOR_PAGES = {
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.staticfiles",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
}
_INSTEAD = {"django.contrib.admin": "django.contrib.admin.apps.SimpleAdminConfig"}
INSTALLED_APPS = [_INSTEAD.get(app, app) for app in _EVERY_APP if app not in _ONLY_FOR_PAGES]
