"""Models of the base data: departments, categories, agencies, working hours, places, roles, routing."""

from departments.common.models.row_failures import RowFailure, RowWork
from departments.danger_reader.models import DangerCorrection
from departments.organisation.models.categories import Category, CategoryQuestion, PlaceNeed, TargetVersion
from departments.organisation.models.departments import (
    UNNAMED_AGENCY,
    Agency,
    Department,
    DutyShift,
    Membership,
)
from departments.organisation.models.revision import ReferenceRevision
from departments.organisation.models.roles import DEPARTMENT_ROLES, Role
from departments.places.models import Artery, Neighbourhood
from departments.routing.models import Correction, GreyZone, OutsideShare, RouterModel, RoutingRule
from departments.spreadsheets.models import ImportJob
from departments.staff.models import (
    AccountMail,
    FirstPassword,
    ProviderIdentity,
    RecoveryCode,
    SignIn,
    StaffSession,
    Telephone,
)
from departments.working_time.models import SpecialDay, Weekday, WorkingHours

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
