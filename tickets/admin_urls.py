"""URLs of the back office's own pages, beside the admin of models; each requires a signed-in member of staff."""

from collections.abc import Callable

from django.contrib import admin
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from tickets.back_office import map_ground
from tickets.board.admin import acts as board_acts
from tickets.board.admin import page, presence, walls
from tickets.danger import drill_page, pages
from tickets.desk import dashboard, landing, notification_pages, waiting_list
from tickets.field_work import pages as crew
from tickets.intake import page as new_ticket
from tickets.privacy.admin import data_requests, leaks, personal_data
from tickets.reports.admin import charts, department
from tickets.router_review import learning_page, redirections_page
from tickets.undo import pages as acts


def _page(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    guarded: Callable[..., HttpResponseBase] = admin.site.admin_view(view)
    return path(address, guarded, name=name)


urlpatterns = [
    _page("", landing.first_page, "ilk_sayfa"),
    _page("geri-al/", acts.offered, "geri_alinacak"),
    _page("geri-al/<int:key>/", acts.take_back, "geri_al"),
    _page("tek-harf/", acts.switch_letters, "tek_harf"),
    _page("harita/", dashboard.open_tickets_map, "harita"),
    # Kept by browsers for a day: nobody's data.
    path(
        "harita/sokaklar.pmtiles", admin.site.admin_view(map_ground.streets, cacheable=True), name="sokaklar"
    ),
    _page("kisisel-veri/", personal_data.personal_data, "kisisel_veri"),
    _page("kisisel-veri/talepler/", data_requests.listed, "kvkk_talepleri"),
    _page("kisisel-veri/talepler/<int:key>/kapat/", data_requests.close, "kvkk_talebi_kapat"),
    _page("veri-ihlali/", leaks.leaks, "veri_ihlali"),
    _page("durumum/", presence.own, "durumum"),
    _page("pano/", page.live_board, "pano"),
    _page("pano/ver/", board_acts.give, "pano_ver"),
    _page("pano/devret/", board_acts.transfer_shift, "pano_devret"),
    _page("pano/devir/<int:key>/geri/", board_acts.undo_shift_transfer, "pano_devir_geri"),
    _page("pano/duvar/", walls.listed, "duvarlar"),
    _page("pano/duvar/ac/", walls.open_screen, "duvar_ac"),
    _page("pano/duvar/<int:key>/kapat/", walls.shut_screen, "duvar_kapat"),
    _page("birimim/", department.own_department, "birimim"),
    _page("birimim/haftalik/", department.choose_weekly, "birimim_haftalik"),
    _page("raporlar/", charts.charts, "raporlar"),
    _page("saha/", crew.jobs, "saha"),
    _page("saha/<str:number>/", crew.job, "saha_is"),
    _page("saha/<str:number>/basla/", crew.start, "saha_basla"),
    _page("saha/<str:number>/bitir/", crew.finish, "saha_bitir"),
    _page("saha/<str:number>/not/", crew.note, "saha_not"),
    _page("yeni/", new_ticket.new_request, "yeni"),
    _page("yeni/arayan/", new_ticket.caller, "yeni_arayan"),
    _page("yeni/yer/", new_ticket.places, "yeni_yer"),
    _page("yeni/oneri/", new_ticket.suggestion, "yeni_oneri"),
    _page("yonlendirmeler/", redirections_page.proposals, "yonlendirmeler"),
    _page("yonlendirici/", learning_page.learned, "yonlendirici"),
    _page("yonlendirici/geri/", learning_page.roll_back, "yonlendirici_geri"),
    _page("bekleyenler/", waiting_list.listed, "bekleyenler"),
    _page("bekleyenler/birak/", waiting_list.leave, "bekleyen_birak"),
    _page("bekleyenler/basvuru/<int:key>/", waiting_list.of_ticket, "bekleyen_basvuru"),
    _page("bekleyenler/basvuru/<int:key>/nabiz/", waiting_list.beat_of_ticket, "bekleyen_basvuru_nabiz"),
    _page("bekleyenler/basvuru/<int:key>/<str:what>/", waiting_list.act_on_ticket, "bekleyen_basvuru_islem"),
    _page("bekleyenler/arama/<int:key>/", waiting_list.of_call, "bekleyen_arama"),
    _page("bekleyenler/<int:key>/", waiting_list.talk, "bekleyen"),
    _page("bekleyenler/<int:key>/nabiz/", waiting_list.beat, "bekleyen_nabiz"),
    _page("bekleyenler/<int:key>/hazir/", waiting_list.answers, "bekleyen_hazir"),
    _page("bekleyenler/<int:key>/taslak/", waiting_list.draft, "bekleyen_taslak"),
    _page("bekleyenler/<int:key>/onizle/", waiting_list.preview, "bekleyen_onizle"),
    _page("bekleyenler/<int:key>/dosya/<slug:file>/<str:part>/", waiting_list.file, "bekleyen_dosya"),
    _page("bekleyenler/<int:key>/<str:what>/", waiting_list.act, "bekleyen_islem"),
    _page("bildirimler/", notification_pages.listed, "bildirimler"),
    _page("bildirimler/goruldu/", notification_pages.seen, "bildirimler_goruldu"),
    _page("bildirimler/tercih/", notification_pages.save_preference, "bildirimler_tercih"),
    _page("bildirimler/durum/", notification_pages.state, "bildirimler_durum"),
    _page("bildirimler/<int:key>/ustlen/", notification_pages.claim, "bildirimler_ustlen"),
    _page("bildirimler/<int:key>/isaretle/", pages.tick, "tehlike_isaretle"),
    _page("bildirimler/<int:key>/kopyalandi/", pages.copied, "tehlike_kopyalandi"),
    _page("bildirimler/tatbikat/<int:key>/ustlen/", notification_pages.acknowledge_drill, "tatbikat_ustlen"),
    _page("tatbikat/", drill_page.listed, "tatbikat"),
    _page("tatbikat/baslat/", drill_page.start, "tatbikat_baslat"),
]
