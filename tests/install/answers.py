"""What only the administrator knows, for a line that stands in a test's own little world."""

NAME = "hat.melikgazi.local"  # a name that no public authority would sign for: Caddy does it itself
META = "http://127.0.0.1:9100"  # whom this line takes for Meta
PASSWORD = "kavun-karpuz-bostan-1957"
ADMINISTRATOR = (
    (r"(?i)kullanıcı adı.*: ?", "yonetici"),
    (r"(?i)e-?posta.*: ?", "yonetici@melikgazi.bel.tr"),
    (r"(?i)(parola|password|şifre).*: ?", PASSWORD),
    (r"(?i)(parola|password|şifre).*: ?", PASSWORD),
)
SETTINGS = {
    "PUBLIC_URL": f"https://{NAME}",
    "WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WHATSAPP_ACCESS_TOKEN": "EAAtoken-of-the-test-0123456789abcdef",
    "WHATSAPP_PHONE_NUMBER_ID": "100200300400500",
    "WHATSAPP_WABA_ID": "900800700600500",
}
# What no guide says, and `check --deploy` would refuse: every other line asks Meta itself.
BESIDE_THE_GUIDE = f"""[Service]
Environment=WHATSAPP_GRAPH_URL={META} WHATSAPP_MEDIA_HOSTS={META.removeprefix("http://")}
"""
SHELL = {"DEPO": "/run/host/depo.git", "SURUM": "main"}
