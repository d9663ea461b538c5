"""Who answers for what and when: departments and categories, other agencies, hours, places, and what staff are here."""

from ..signins import SignIn
from .calendars import SpecialDay, Weekday, WorkingHours
from .categories import Category, CategoryQuestion, PlaceNeed, TargetVersion
from .organisation import DEPARTMENT_ROLES, Agency, Department, DutyShift, Membership, Role
from .places import Artery, Neighbourhood
from .routing import Correction, GreyZone, RouterModel, RoutingRule

__all__ = [
    "DEPARTMENT_ROLES",
    "Agency",
    "Artery",
    "Category",
    "CategoryQuestion",
    "Correction",
    "Department",
    "DutyShift",
    "GreyZone",
    "Membership",
    "Neighbourhood",
    "PlaceNeed",
    "Role",
    "RouterModel",
    "RoutingRule",
    "SignIn",
    "SpecialDay",
    "TargetVersion",
    "Weekday",
    "WorkingHours",
]
