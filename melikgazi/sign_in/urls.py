"""Addresses of signing in and of one's own account; they stand before those of the admin site."""

from django.urls import path

from melikgazi.sign_in import pages, single_sign_on

urlpatterns = [
    path("login/", pages.sign_in, name="giris"),
    path("logout/", pages.sign_out, name="cikis"),
    path("password_change/", pages.change_password, name="parola_degistir"),
    path("giris/kod/", pages.code, name="kod"),
    path("giris/telefon/", pages.connect_telephone, name="ikinci_adim"),
    path("giris/ilk-parola/", pages.first_password, name="ilk_parola"),
    path("giris/onay/", pages.confirm, name="onay"),
    path("giris/parolami-unuttum/", pages.forgotten, name="admin_password_reset"),
    path("giris/parola/<str:uidb64>/<str:token>/", pages.ChoosePassword.as_view(), name="parola_sec"),
    path("giris/kurum/", single_sign_on.start, name="kurum"),
    path("giris/kurum/donus/", single_sign_on.returned, name="kurum_donus"),
    path("hesabim/", pages.account, name="hesabim"),
    path("hesabim/kodlar/", pages.new_recovery_codes, name="yeni_kodlar"),
    path("hesabim/oturum/", pages.end_session, name="oturum_kapat"),
    path("hesabim/burada/", pages.still_here, name="burada"),
]
