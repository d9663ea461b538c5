"""Admin of routing rules, and the page that shows what a rule would change before it is saved."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextareaWidget

from departments.base_data.resources import RuleResource
from departments.common.model_admin import ModelAdmin
from departments.models import Category, Department, RoutingRule
from departments.routing.route import Suggestion
from departments.routing.rules import Rule
from departments.spreadsheets.import_export import ImportExportAdmin
from tickets.back_office.map_ground import ground_json
from tickets.router_review.rule_trial import MOST_TICKETS, changed_suggestions, suggest_for_text, with_rule

STEP = 10


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none when it runs
    """A rule, and a text to try it on, which is not saved."""

    trial = forms.CharField(
        label="Deneme metni",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text="“Kaydetmeden dene” bu metni ve son 30 günün başvurularını kuralla yeniden yönlendirir.",
    )

    class Meta:
        widgets = {
            "words": UnfoldAdminTextareaWidget({"rows": 4}),
            "area": UnfoldAdminTextareaWidget({"rows": 2}),
        }


@admin.register(RoutingRule)
class RoutingRuleAdmin(ModelAdmin, ImportExportAdmin):
    form = RuleForm
    resource_classes = (RuleResource,)
    list_display = ("position", "name", "given", "category", "department", "triage", "active")
    list_display_links = ("name",)
    list_select_related = ("given", "category", "department")
    ordering = ("position", "id")
    autocomplete_fields = ("neighbourhoods", "given", "category", "department")
    change_form_outer_after_template = "tickets/rule_try.html"
    fieldsets = (
        (None, {"fields": ("name", ("position", "active"))}),
        (
            "Koşullar (verilenlerin hepsi sağlanmalı)",
            {
                "fields": (
                    "words",
                    ("given", "earlier_tickets"),
                    "neighbourhoods",
                    "area",
                    ("from_hour", "to_hour"),
                )
            },
        ),
        ("Sonuç", {"fields": (("category", "department"), "triage")}),
        ("Deneme", {"fields": ("trial",)}),
    )

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new rule comes last; positions in steps of STEP leave room to insert others."""
        last = RoutingRule.objects.aggregate(last=Max("position"))["last"] or 0
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"position": last + STEP} | given

    @override
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"ground": ground_json()} | (extra_context or {})
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self._try))
        return [path("try/", view, name="departments_routingrule_try"), *super().get_urls()]

    def _try(self, request: HttpRequest) -> HttpResponse:
        """Shows in a new browser tab what the form's rule would change; saves nothing."""
        row = self.get_object(request, request.GET.get("rule") or "0")
        if not (self.has_change_permission(request, row) if row else self.has_add_permission(request)):
            raise PermissionDenied
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        context: dict[str, Any] = {"looked_at": MOST_TICKETS, "title": "Kural denemesi"}
        if form.is_valid():
            unsaved = form.save(commit=False)
            rule = Rule.of(unsaved, form.cleaned_data["neighbourhoods"])
            context |= _tried(request, rule, with_rule(unsaved, rule), form.cleaned_data["trial"])
        else:
            context["mistakes"] = [
                (form[field].label if field in form.fields else "", mistake)
                for field, mistakes in form.errors.items()
                for mistake in mistakes
            ]
        return render(request, "tickets/rule_tried.html", self.admin_site.each_context(request) | context)


def _tried(request: HttpRequest, rule: Rule, rules: Sequence[Rule], text: str) -> dict[str, Any]:
    """Context of the page: the suggestion for the text under the rules, and tickets with another suggestion."""
    names = dict(Category.objects.values_list("code", "name")) | dict(
        Department.objects.values_list("code", "name")
    )

    def goes(suggestion: Suggestion) -> str:
        first = "" if suggestion.sure else " · önce çağrı merkezi"
        return f"{names[suggestion.department]} / {names[suggestion.category]}{first}"

    now = timezone.now()
    context: dict[str, Any] = {
        "elsewhere": [
            (each.ticket, goes(each.before), goes(each.after))
            for each in changed_suggestions(rules, request.user, now)
        ]
    }
    if text:
        suggestion = suggest_for_text(text, rules, now)
        context |= {
            "text": text,
            "suggestion": suggestion,
            "goes": goes(suggestion),
            "decides": suggestion.rule == rule.name,
        }
    return context
