"""What analysts read: views without anybody's data (docs/analiz.md). They run with the rights of their owner, so that
whoever reads them needs none on the tables behind.
"""

from django.db import migrations

VIEWS = {
    "analysis_tickets": """
SELECT ticket.id AS ticket,
    date_trunc('hour', ticket.created_at) AS opened_at,
    ticket.kind, ticket.channel, ticket.status, ticket.outcome, ticket.priority, ticket.urgent, ticket.reopened,
    department.code AS department, category.code AS category, neighbourhood.code AS neighbourhood,
    agency.code AS agency,
    round(ticket.lat::numeric, 3) AS lat, round(ticket.lon::numeric, 3) AS lon,
    date_trunc('hour', ticket.first_action_at) AS first_action_at,
    date_trunc('hour', ticket.first_action_due_at) AS first_action_due_at,
    ticket.first_action_hours,
    date_trunc('hour', ticket.outcome_at) AS outcome_at,
    date_trunc('hour', ticket.resolution_due_at) AS resolution_due_at,
    ticket.worked_hours,
    date_trunc('hour', ticket.closed_at) AS closed_at,
    EXISTS (SELECT FROM tickets_breach breach WHERE breach.ticket_id = ticket.id AND breach.stage = 'breach'
        AND breach.clock = 'first_action') AS first_action_missed,
    EXISTS (SELECT FROM tickets_breach breach WHERE breach.ticket_id = ticket.id AND breach.stage = 'breach'
        AND breach.clock = 'resolution') AS resolution_missed,
    EXISTS (SELECT FROM tickets_breach breach WHERE breach.ticket_id = ticket.id AND breach.stage = 'breach'
        AND breach.clock = 'legal') AS legal_missed,
    ticket.satisfaction_score, ticket.said_category, ticket.said_department, ticket.said_surely
FROM tickets_ticket ticket
LEFT JOIN departments_department department ON department.id = ticket.department_id
LEFT JOIN departments_category category ON category.id = ticket.category_id
LEFT JOIN departments_neighbourhood neighbourhood ON neighbourhood.id = ticket.neighbourhood_id
LEFT JOIN departments_agency agency ON agency.id = ticket.agency_id
WHERE NOT ticket.restricted AND category.restricted IS NOT TRUE
""",
    "analysis_moves": """
SELECT event.id AS move, event.ticket_id AS ticket, date_trunc('hour', event.at) AS at, event.actor_kind,
    nullif(event.from_status, '') AS from_status, event.to_status
FROM tickets_ticketevent event
JOIN tickets_ticket ticket ON ticket.id = event.ticket_id
LEFT JOIN departments_category category ON category.id = ticket.category_id
WHERE event.kind IN ('created', 'moved') AND event.to_status <> '' AND NOT ticket.restricted
AND category.restricted IS NOT TRUE
""",
    "analysis_departments": "SELECT code, name, active FROM departments_department",
    "analysis_categories": """
SELECT category.code, category.name, parent.code AS category_group, department.code AS department, category.active,
    category.first_action_hours, category.resolution_days
FROM departments_category category
LEFT JOIN departments_category parent ON parent.id = category.parent_id
LEFT JOIN departments_department department ON department.id = category.department_id
""",
    "analysis_neighbourhoods": "SELECT code, name, kind, lat, lon, area_km2 FROM departments_neighbourhood",
}
MAKE = ";".join(f"CREATE VIEW {name} AS {query}" for name, query in VIEWS.items())
DROP = ";".join(f"DROP VIEW {name}" for name in VIEWS)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0057_channel_of_other_systems"), ("departments", "0020_duty_reads_hidden")]

    operations = [migrations.RunSQL(MAKE, DROP)]
