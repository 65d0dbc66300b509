from __future__ import annotations

from tests.detectors.examples.example import Positive

PATH = "INTERNAL_PATH"
POSITIVES = (
    Positive(PATH, "saved to ", "/home/ada/src/settings.py", " now"),
    Positive(PATH, "saved to ", "/Users/ada/Documents/plan.xlsx", "."),
    Positive(PATH, "in ", "/srv/orders/secrets/prod.yaml", ", line 4"),
    Positive(PATH, "in ", "/var/www/shop/index.php", ":3"),
    Positive(PATH, "see ", "/var/log/acme/orders.log", "\n"),
    Positive(PATH, "key ", "/" + "root/.ssh/id_ed25519", " is"),
    Positive(PATH, "from ", "/opt/acme/etc/orders.yaml", " read"),
    Positive(PATH, "from ", "/app/src/orders/store.py", " read"),
    Positive(PATH, "from ", "/run/secrets/db_password", " read"),
    Positive(PATH, "from ", "/etc/letsencrypt/live/acme.com/privkey.pem", " read"),
    Positive(PATH, "open ", "file:///home/ada/plan.txt", " now"),
    Positive(PATH, "saved to ", r"C:\Users\ada\Documents\plan.xlsx", " now"),
    Positive(PATH, "saved to ", r"D:\Acme Data\Q1\plan.xlsx", " now"),
    Positive(PATH, "open ", "file:///C:/Users/ada/plan.docx", " now"),
    Positive(PATH, "on ", r"\\files01\finance$\plan.xlsx", " now"),
    Positive(PATH, "on ", "smb://files01.acme.com/finance/plan.xlsx", " now"),
)
NEAR_MISSES = (
    "Edit /etc/hosts or /usr/local/bin/tool as root",
    "GET /users/42 and /home, then POST /home/ada/orders",
    "https://acme.com/home/products/shoes and //cdn.acme.com/home/a.js",
    r"C:\Windows\System32\drivers and C:\Program Files\Acme",
    "a regex such as \\\\d+ or \\n, and \\\\server\\share in a manual",
    "and/or, 1/2, 24/7, km/h, /data and /app",
    "the route /app/orders/7 of the shop",
)
