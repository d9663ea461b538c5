"""URLs of the back office's own pages, beside the admin of models; each requires a signed-in member of staff."""

from collections.abc import Callable

from django.contrib import admin
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from tickets.admin import (
    crew,
    dashboard,
    data_requests,
    drills,
    leaks,
    learning,
    new_ticket,
    notifications,
    personal_data,
    redirections,
    reports,
    waiting,
)


def _page(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    guarded: Callable[..., HttpResponseBase] = admin.site.admin_view(view)
    return path(address, guarded, name=name)


urlpatterns = [
    _page("harita/", dashboard.open_tickets_map, "harita"),
    _page("kisisel-veri/", personal_data.personal_data, "kisisel_veri"),
    _page("kisisel-veri/talepler/", data_requests.listed, "kvkk_talepleri"),
    _page("kisisel-veri/talepler/<int:key>/kapat/", data_requests.close, "kvkk_talebi_kapat"),
    _page("veri-ihlali/", leaks.leaks, "veri_ihlali"),
    _page("raporlar/", reports.charts, "raporlar"),
    _page("saha/", crew.jobs, "saha"),
    _page("saha/<str:number>/", crew.job, "saha_is"),
    _page("saha/<str:number>/basla/", crew.start, "saha_basla"),
    _page("saha/<str:number>/bitir/", crew.finish, "saha_bitir"),
    _page("saha/<str:number>/not/", crew.note, "saha_not"),
    _page("yeni/", new_ticket.new_request, "yeni"),
    _page("yeni/arayan/", new_ticket.caller, "yeni_arayan"),
    _page("yeni/oneri/", new_ticket.suggestion, "yeni_oneri"),
    _page("yonlendirmeler/", redirections.proposals, "yonlendirmeler"),
    _page("yonlendirici/", learning.learned, "yonlendirici"),
    _page("yonlendirici/geri/", learning.roll_back, "yonlendirici_geri"),
    _page("bekleyenler/", waiting.listed, "bekleyenler"),
    _page("bekleyenler/<int:key>/", waiting.talk, "bekleyen"),
    _page("bekleyenler/<int:key>/<str:what>/", waiting.act, "bekleyen_islem"),
    _page("bildirimler/", notifications.listed, "bildirimler"),
    _page("bildirimler/goruldu/", notifications.seen, "bildirimler_goruldu"),
    _page("bildirimler/tercih/", notifications.save_preference, "bildirimler_tercih"),
    _page("bildirimler/durum/", notifications.state, "bildirimler_durum"),
    _page("bildirimler/<int:key>/ustlen/", notifications.claim, "bildirimler_ustlen"),
    _page("bildirimler/tatbikat/<int:key>/ustlen/", notifications.claim_drill, "tatbikat_ustlen"),
    _page("tatbikat/", drills.listed, "tatbikat"),
    _page("tatbikat/baslat/", drills.start, "tatbikat_baslat"),
]
