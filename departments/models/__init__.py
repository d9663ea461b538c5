"""Models of the base data: departments, categories, agencies, working hours, places, roles, routing."""

from departments.models.calendars import SpecialDay, Weekday, WorkingHours
from departments.models.categories import Category, CategoryQuestion, PlaceNeed, TargetVersion
from departments.models.danger import DangerCorrection
from departments.models.imports import ImportJob
from departments.models.organisation import UNNAMED_AGENCY, Agency, Department, DutyShift, Membership
from departments.models.places import Artery, Neighbourhood
from departments.models.revision import ReferenceRevision
from departments.models.roles import DEPARTMENT_ROLES, Role
from departments.models.routing import Correction, GreyZone, OutsideShare, RouterModel, RoutingRule
from departments.models.row_failures import RowFailure, RowWork
from departments.models.sign_ins import (
    AccountMail,
    FirstPassword,
    ProviderIdentity,
    RecoveryCode,
    SignIn,
    StaffSession,
    Telephone,
)

__all__ = [
    "DEPARTMENT_ROLES",
    "UNNAMED_AGENCY",
    "AccountMail",
    "Agency",
    "Artery",
    "Category",
    "CategoryQuestion",
    "Correction",
    "DangerCorrection",
    "Department",
    "DutyShift",
    "FirstPassword",
    "GreyZone",
    "ImportJob",
    "Membership",
    "Neighbourhood",
    "OutsideShare",
    "PlaceNeed",
    "ProviderIdentity",
    "RecoveryCode",
    "ReferenceRevision",
    "Role",
    "RouterModel",
    "RoutingRule",
    "RowFailure",
    "RowWork",
    "SignIn",
    "SpecialDay",
    "StaffSession",
    "TargetVersion",
    "Telephone",
    "Weekday",
    "WorkingHours",
]
