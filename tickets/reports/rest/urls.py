"""URLs of the reports, mounted at /api/v1/reports/."""

from django.urls import path

from tickets.reports.rest import views
from tickets.reports.rest.monthly import MonthlyView

urlpatterns = [
    path("summary/", views.SummaryView.as_view(), name="report_summary"),
    path("trend/", views.TrendView.as_view(), name="report_trend"),
    path("departments/", views.DepartmentsView.as_view(), name="report_departments"),
    path("categories/", views.CategoriesView.as_view(), name="report_categories"),
    path("neighbourhoods/", views.NeighbourhoodsView.as_view(), name="report_neighbourhoods"),
    path("staff/", views.StaffView.as_view(), name="report_staff"),
    path("backlog/", views.BacklogView.as_view(), name="report_backlog"),
    path("satisfaction/", views.SatisfactionView.as_view(), name="report_satisfaction"),
    path("routing/", views.RoutingView.as_view(), name="report_routing"),
    path("routing/confusions/", views.ConfusionsView.as_view(), name="report_confusions"),
    path("channel/", views.ChannelView.as_view(), name="report_channel"),
    path("monthly.pdf", MonthlyView.as_view(), name="report_monthly"),
    path("map/", views.MapView.as_view(), name="report_map"),
]
