"""What the script that moves cannot know: paths of data, settings, the commands' modules."""

# mypy: ignore-errors
# ruff: noqa

import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()


def edit(path: str, *pairs: tuple[str, str]) -> None:
    file = ROOT / path
    text = file.read_text()
    for was, now in pairs:
        if was not in text:
            print("not found:", path, was)
        text = text.replace(was, now)
    file.write_text(text)


PARENT = 'Path(__file__).parent.parent / "data"'
HERE = "Path(__file__).parent"
edit(
    "tickets/danger/open_dangers.py",
    ('Path(__file__).parent / "data" / "danger_advice.toml"', 'Path(__file__).with_name("advice.toml")'),
)
edit(
    "tickets/printing/sheet.py",
    ('Path(__file__).resolve().parent.parent / "fonts"', 'Path(__file__).with_name("fonts")'),
)
for number in ("0005_first_questions", "0028_plain_answers"):
    edit(
        f"whatsapp/migrations/{number}.py",
        (f'{PARENT} / "faq.json"', 'Path(__file__).parent.parent / "faq" / "faq.json"'),
    )
edit(
    "whatsapp/texts/catalog/danger_sentences.py",
    (
        'Path(__file__).parent.parent.parent / "data" / "danger_sentences.toml"',
        'Path(__file__).parent.parent / "danger_sentences.toml"',
    ),
)
edit(
    "whatsapp/conversation/commands.py",
    (f'({PARENT} / "commands.toml")', 'Path(__file__).with_name("commands.toml")'),
)
edit("departments/places/surroundings.py", (f"DATA = {PARENT}", f"DATA = {HERE}"))
edit(
    "departments/text/questions.py",
    (
        f'_FOLDER = {PARENT}\nQUESTIONS = _FOLDER / "questions"\n',
        'QUESTIONS = Path(__file__).parent.parent / "training" / "corpora" / "questions"\n',
    ),
    (
        '(_FOLDER / "question_words.toml").read_text',
        'Path(__file__).with_name("question_words.toml").read_text',
    ),
)
edit("departments/text/vocabulary.py", (f'{PARENT} / "stems.toml"', 'Path(__file__).with_name("stems.toml")'))
edit(
    "departments/routing/active_model.py",
    (f'{PARENT} / "router.npz"', 'Path(__file__).with_name("router.npz")'),
)
edit(
    "departments/training/talk_examples.py",
    (f'{PARENT} / "talk"', 'Path(__file__).parent / "corpora" / "talk"'),
)
edit(
    "departments/training/router_corpus.py",
    (f'{PARENT} / "corpus"', 'Path(__file__).parent / "corpora" / "routing"'),
)
edit(
    "departments/training/danger_training.py",
    (
        f'{PARENT} / "mahalle_names.json"',
        'Path(__file__).parent.parent / "base_data" / "data" / "mahalle_names.json"',
    ),
)
edit(
    "departments/training/danger_corpus.py",
    (f'{PARENT} / "danger" / "corpus"', 'Path(__file__).parent / "corpora" / "danger"'),
)
edit(
    "departments/danger_reader/plain.py",
    (f'{PARENT} / "danger" / "plain.toml"', 'Path(__file__).with_name("plain.toml")'),
)
edit("departments/danger_reader/kinds.py", (f'{PARENT} / "danger"', HERE))
edit(
    "departments/danger_reader/reader.py",
    (f'{PARENT} / "danger" / "model.npz"', 'Path(__file__).with_name("model.npz")'),
)
edit(
    "departments/danger_reader/language.py",
    (f'{PARENT} / "danger" / "language.npy"', 'Path(__file__).with_name("language.npy")'),
)
edit(
    "departments/migrations/0013_public_names_filled.py",
    (PARENT, 'Path(__file__).parent.parent / "base_data" / "data"'),
)
edit(
    "tickets/demo_data/random_draws.py",
    (
        'CORPUS = Path(departments.__file__).parent / "data" / "corpus"',
        'CORPUS = Path(departments.__file__).parent / "training" / "corpora" / "routing"',
    ),
)
edit("tooling/prepared.py", ('"departments/data/*.json"', '"departments/base_data/data/*.json"'))

for package, main in (("web", "server"), ("workers", "parent")):
    edit(f"melikgazi/{package}/{main}.py", ('\n\nif __name__ == "__main__":\n    main()\n', ""))
    said = "server" if package == "web" else "workers"
    (ROOT / f"melikgazi/{package}/__main__.py").write_text(
        f'"""`python -m melikgazi.{package}`."""\n\nfrom melikgazi.{package}.{main} import main\n\nif __name__ == "__main__":\n    main()\n'
    )
for path in ("tooling/run.py", "bench/alarm_trial.py"):
    edit(
        path,
        ('"melikgazi.web:main"', '"melikgazi.web.server:main"'),
        ('"melikgazi.workers:main"', '"melikgazi.workers.parent:main"'),
    )

edit(
    "melikgazi/settings.py",
    (
        '    "django.contrib.postgres",\n',
        '    "django.contrib.postgres",\n    "django.forms",  # widgets\' templates, for FORM_RENDERER\n',
    ),
    (
        "TEMPLATES = [\n",
        "# Templates and static files lie in their feature.\n"
        "def _of_features(folder: str) -> list[Path]:\n"
        '    apps = ("departments", "tickets", "whatsapp")\n'
        '    return [path for app in apps for path in sorted((BASE_DIR / app).glob(f"*/{folder}"))]\n\n\n'
        'FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets look into TEMPLATES, too\n'
        "TEMPLATES = [\n",
    ),
    (
        '        "DIRS": [BASE_DIR / "melikgazi" / "templates"],  # before Unfold\'s: the index is our own\n',
        "        # before Unfold's: the index is our own\n"
        '        "DIRS": [BASE_DIR / "melikgazi" / "templates", *_of_features("templates")],\n',
    ),
    (
        '    ("kilavuz", BASE_DIR / "docs" / "pictures"),\n',
        '    ("kilavuz", BASE_DIR / "docs" / "pictures"),\n    *_of_features("static"),\n',
    ),
)
edit(
    "melikgazi/wsgi.py",
    (
        "from melikgazi.web import request_counters as http_figures, pulse  # noqa: E402 - models exist only once Django is set up\n",
        "from melikgazi.web import pulse  # noqa: E402 - models exist only once Django is set up\n"
        "from melikgazi.web import request_counters as http_figures  # noqa: E402 - the same\n",
    ),
)
edit(
    "departments/danger_reader/street_addresses.py",
    (
        "# As departments/danger_reader/tokenizer.py folds them. A street that stands in the locative is a place of its own, unless a\n# door is told of.",
        "# As departments/danger_reader/tokenizer.py folds them. A street that stands in the locative is a place of its own,\n# unless a door is told of.",
    ),
)
edit(
    "departments/organisation/models/revision.py",
    (
        "whenever a table changes from which values are kept (common/cache.py).",
        "whenever a table changes that common/cache.py reads.",
    ),
)
edit(
    "departments/places/names.py",
    (
        "lists what the words around a name tell, mahalle_names_ar.toml beside it the\nnames in Arabic letters.",
        "lists what the words around a name tell, mahalle_names_ar.toml\nbeside it the names in Arabic letters.",
    ),
)
edit(
    "departments/routing/models.py",
    (
        "A model trained here that passed the gate (training/router_retraining.py); the newest active row is the one in use.",
        "A model trained here that passed training/router_retraining.py; the newest active row is in use.",
    ),
)
edit(
    "departments/routing/route.py",
    (
        "are those of departments.danger_reader.reader. `conditional`: the danger is\n    only possible, and only the calm line is said.",
        "are those of departments.danger_reader.reader. `conditional`: the danger\n    is only possible, and only the calm line is said.",
    ),
)
edit(
    "departments/training/router_training.py",
    (
        "Talk (departments/training/talk_examples.py) is learned\nas what is of no category, with a head of its own.",
        "Talk (departments/training/talk_examples.py) is\nlearned as what is of no category, with a head of its own.",
    ),
)
edit(
    "melikgazi/database/models.py",
    (
        "to live on these tables: a row an app (melikgazi/database/schema.py).",
        "to live on these tables: a row an app (schema.py).",
    ),
)
edit(
    "melikgazi/settings.py",
    (
        "# --- Celery and the workers (melikgazi/workers/parent.py) --------------------------------------------------------------",
        "# --- Celery and the workers (melikgazi/workers/parent.py) ---------------------------------------------------------",
    ),
)
edit(
    "melikgazi/web/access_log.py",
    (
        "What a view noted (tickets/access_log/request_notes.py) is kept; without a note an\naddress with something of its own in it was opened, and any other was a list. The entry is written before the answer\nleaves: where it cannot be written, nothing is shown.",
        "What a view noted (tickets/access_log/request_notes.py) is kept;\nwithout a note an address with something of its own in it was opened, and any other was a list. The entry is written\nbefore the answer leaves: where it cannot be written, nothing is shown.",
    ),
)
edit(
    "melikgazi/web/request_counters.py",
    (
        "each process adds in a part of its own, and whichever is asked\nfor /metrics reads all parts. A process that dies leaves what it counted, and its successor goes on with it. A start of\nthe parent",
        "each process adds in a part of its own, and whichever is\nasked for /metrics reads all parts. A process that dies leaves what it counted, and its successor goes on with it. A\nstart of the parent",
    ),
)
edit(
    "melikgazi/workers/parent.py",
    (
        "where the tables are not those of this code (database/schema.py).",
        "where the tables are not this code's (database/schema.py).",
    ),
)
edit(
    "melikgazi/wsgi.py",
    (
        "(melikgazi/web/request_counters.py). It has the\nnumber that the proxy gave it, or gets one, which every line of its log and the row of a delivery have, too.",
        "(melikgazi/web/request_counters.py). It\nhas the number that the proxy gave it, or gets one, which every line of its log and the row of a delivery have, too.",
    ),
)
edit(
    "tickets/rest_api/exports.py",
    (
        "How a row goes from one state to the next stands in tickets/rest_api/export_jobs.py; the decision is docs/decisions/0040.",
        "How a row goes from one state to the next stands in export_jobs.py; the decision is docs/decisions/0040.",
    ),
)
edit(
    "melikgazi/settings.py",
    (
        "(configuration/environment.py); checks/ says which of them are weak or contradict.",
        "(configuration/environment.py). configuration/checks/ finds weak ones.",
    ),
)
edit(
    "departments/routing/threshold_tuning_text.py",
    (
        "In a supervisor's words: what the router follows of what clerks accept (tickets/router_review/threshold_tuning.py).",
        "In a supervisor's words: what the router follows of clerks' choices (tickets/router_review/threshold_tuning.py).",
    ),
)
edit(
    "tickets/api_clients/models/change_feed.py",
    (
        "What the change feed (`tickets/rest_api/change_feed.py`) tells beside the tickets' own rows. Written by triggers alone.",
        "What the change feed (tickets/rest_api/change_feed.py) tells beside the tickets' rows. Only triggers write it.",
    ),
)

text = (ROOT / "pyproject.toml").read_text()
start, end = (
    text.index("[tool.importlinter]"),
    text.index('[[tool.importlinter.contracts]]\nname = "What is pure'),
)
emulator = text[
    text.index('[[tool.importlinter.contracts]]\nname = "The emulator') : text.index(
        '[[tool.importlinter.contracts]]\nname = "Inside whatsapp'
    )
]
text = text[:start] + (Path(__file__).parent / "contracts.toml").read_text() + emulator + text[end:]
(ROOT / "pyproject.toml").write_text(text)
edit(
    "pyproject.toml",
    ("departments.routing.retrain", "departments.training.router_retraining"),
    (
        'source_modules = ["tickets.workflow"]\nforbidden_modules = ["celery", "tickets.models", "tickets.services"]',
        'source_modules = ["tickets.record.workflow"]\nforbidden_modules = ["celery", "tickets.models", "tickets.record.models", "tickets.casework"]',
    ),
    (
        '"tickets.ring_gateway", "whatsapp.graph", "whatsapp.emulator", "melikgazi.emulator_proxy", "melikgazi.traces"',
        '"tickets.danger.telephone_gateway", "whatsapp.graph", "whatsapp.emulator", "melikgazi.web.emulator_proxy", "melikgazi.observability.traces"',
    ),
    (
        '"whatsapp.models", "tickets.models", "departments.models"]',
        '"whatsapp.models", "whatsapp.conversations", "tickets.models", "tickets.record.models", "departments.models"]',
    ),
)
edit(
    "tests/melikgazi/test_formats.py",
    ('(ROOT / app).glob("templates/**/*.*")]', '(ROOT / app).rglob("templates/**/*.*")]'),
    ('"tickets/templates/tickets/public"', '"tickets/public/templates/tickets/public"'),
)
edit("tests/test_map_and_chart_colours.py", ('"tickets/static/tickets"', '"tickets/desk/static/tickets"'))
edit(
    "tests/tickets/test_wiring.py",
    (
        '"migrations" not in path.parts and (HOUSE / "tickets/services") not in path.parents',
        '"migrations" not in path.parts and not {HOUSE / "tickets" / room for room in ROOMS} & {*path.parents}',
    ),
    (
        "WRITERS = {",
        '# Of tickets: they alone set a status. Answering shows what a ticket that is not saved would say.\nROOMS = ("casework", "undo", "answering")\nWRITERS = {',
    ),
)
edit("tests/install/conftest.py", ('"server.py"', '"web/server.py"'))
edit("tests/install/conftest.py", ('"health.py"', '"observability/health.py"'))
edit(
    "departments/text/questions.py",
    (
        "departments/training/corpora/questions, one JSON object a line: `text`, and\nwhether it `asks`: whether an answer in words would settle it.",
        "departments/training/corpora/questions, one JSON object a line:\n`text`, and whether it `asks`: whether an answer in words would settle it.",
    ),
)
edit(
    "departments/training/talk_examples.py",
    (
        "departments/training/corpora/talk, one JSON object a line: `text`, `act` (what it does in the talk),\n`after`",
        "departments/training/corpora/talk, one JSON object a line: `text`, `act` (what it does\nin the talk), `after`",
    ),
)
edit(
    "departments/common/model_files.py", ("(see training.py beside the model)", "(see departments/training)")
)

# Programs in the tests' strings.
edit(
    "tests/melikgazi/test_workers.py",
    (
        "from melikgazi import worker_settings, workers\n",
        "from melikgazi import worker_settings\nfrom melikgazi.workers import parent as workers\n",
    ),
    (
        "import os, sys; from melikgazi import workers; workers.prepare_environment(); workers.load(); ",
        "import os, sys; from melikgazi.workers import parent; parent.prepare_environment(); parent.load(); ",
    ),
    ("from melikgazi import workers", "from melikgazi.workers import parent as workers"),
)
edit(
    "tests/melikgazi/test_web.py",
    ("from melikgazi import web\n", "from melikgazi.web import server as web\n"),
)
edit(
    "tests/tickets/test_decoder.py",
    ("from tickets.photos import resize_and_blur", "from tickets.files import resize_and_blur"),
)
edit(
    "tooling/prepared.py",
    (
        '"departments/base_data/loading.py", "melikgazi/database/schema.py"),',
        '"departments/base_data/loading.py"),\n    "melikgazi/database/schema.py",',
    ),
)
