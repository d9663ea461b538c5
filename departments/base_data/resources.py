"""The columns of the base data in files."""

from django.contrib.auth.models import User

from departments.organisation.models.categories import Category
from departments.organisation.models.departments import Agency, Department, DutyShift
from departments.places.models import Neighbourhood
from departments.routing.models import RoutingRule
from departments.spreadsheets.cells import Area, ByCode, Codes, Day, Hour, Moment, Share, Whole, YesNo
from departments.spreadsheets.import_export import Resource, column
from departments.working_time.models import SpecialDay, WorkingHours


class DepartmentResource(Resource):
    code = column("kod", "code")
    name = column("ad", "name")
    note = column("not", "note")
    answers_directly = column("doğrudan cevaplar", "answers_directly", YesNo())
    active = column("kullanımda", "active", YesNo())

    class Meta(Resource.Meta):
        model = Department
        import_id_fields = ("code",)
        fields = ("code", "name", "note", "answers_directly", "active")


class AgencyResource(Resource):
    code = column("kod", "code")
    name = column("ad", "name")
    phone = column("telefon", "phone")
    whatsapp = column("WhatsApp", "whatsapp")
    numbers_source = column("numaraların kaynağı", "numbers_source")
    numbers_confirmed_on = column("numaraların doğrulandığı gün", "numbers_confirmed_on", Day())
    text = column("vatandaşa söylenen", "text")

    class Meta(Resource.Meta):
        model = Agency
        import_id_fields = ("code",)
        fields = ("code", "name", "phone", "whatsapp", "numbers_source", "numbers_confirmed_on", "text")


class CategoryResource(Resource):
    """With its targets: changing them adds a target version; tickets opened before keep theirs."""

    code = column("kod", "code")
    name = column("ad", "name")
    public_name = column("vatandaşın okuduğu ad", "public_name")
    public_name_en = column("İngilizcesi", "public_name_en")
    public_name_ar = column("Arapçası", "public_name_ar")
    parent = column("grup", "parent", ByCode(Category))
    department = column("müdürlük", "department", ByCode(Department))
    agency = column("görevli kurum", "agency", ByCode(Agency))
    first_action_hours = column("ilk işlem (çalışma saati)", "first_action_hours", Whole())
    resolution_days = column("çözüm (iş günü)", "resolution_days", Whole())
    place = column("yer bilgisi", "place")
    restricted = column("kısıtlı", "restricted", YesNo())
    radius_m = column("yarıçap (m)", "radius_m", Whole())
    sure_from = column("güven eşiği (0–1)", "sure_from", Share())
    note = column("not", "note")
    active = column("kullanımda", "active", YesNo())

    class Meta(Resource.Meta):
        model = Category
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "public_name",
            "public_name_en",
            "public_name_ar",
            "parent",
            "department",
            "agency",
            "first_action_hours",
            "resolution_days",
            "place",
            "restricted",
            "radius_m",
            "sure_from",
            "note",
            "active",
        )


class WorkingHoursResource(Resource):
    department = column("müdürlük", "department", ByCode(Department))
    weekday = column("gün (0 pazartesi)", "weekday", Whole())
    opens = column("başlangıç", "opens", Hour())
    closes = column("bitiş", "closes", Hour())

    class Meta(Resource.Meta):
        model = WorkingHours
        import_id_fields = ("department", "weekday", "opens")
        fields = ("department", "weekday", "opens", "closes")


class SpecialDayResource(Resource):
    department = column("müdürlük", "department", ByCode(Department))
    day = column("gün", "day", Day())
    name = column("ad", "name")
    opens = column("başlangıç", "opens", Hour())
    closes = column("bitiş", "closes", Hour())

    class Meta(Resource.Meta):
        model = SpecialDay
        import_id_fields = ("department", "day")
        fields = ("department", "day", "name", "opens", "closes")


class DutyResource(Resource):
    user = column("nöbetçi", "user", ByCode(User, "username"))
    starts_at = column("başlangıç", "starts_at", Moment())
    ends_at = column("bitiş", "ends_at", Moment())
    department = column("müdürlük", "department", ByCode(Department))

    class Meta(Resource.Meta):
        model = DutyShift
        import_id_fields = ("user", "starts_at", "department")
        fields = ("user", "starts_at", "ends_at", "department")


class RuleResource(Resource):
    name = column("ad", "name")
    position = column("sıra", "position", Whole())
    active = column("kullanımda", "active", YesNo())
    words = column("sözcükler", "words")
    given = column("modelin önerdiği", "given", ByCode(Category))
    neighbourhoods = column("mahalleler", "neighbourhoods", Codes(Neighbourhood))
    area = column("alan", "area", Area())
    from_hour = column("saatten", "from_hour", Whole())
    to_hour = column("saate kadar", "to_hour", Whole())
    earlier_tickets = column("önceki başvuru sayısı", "earlier_tickets", Whole())
    category = column("kategori", "category", ByCode(Category))
    department = column("müdürlük", "department", ByCode(Department))
    triage = column("önce çağrı merkezi", "triage", YesNo())

    class Meta(Resource.Meta):
        model = RoutingRule
        import_id_fields = ("name",)
        fields = (
            "name",
            "position",
            "active",
            "words",
            "given",
            "neighbourhoods",
            "area",
            "from_hour",
            "to_hour",
            "earlier_tickets",
            "category",
            "department",
            "triage",
        )
