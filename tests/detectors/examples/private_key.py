from __future__ import annotations

from base64 import b64encode

from tests.detectors.examples.example import Positive, made_up

_BEGIN = "-----BEGIN " + "RSA PRIV" + "ATE KEY-----"
_END = "-----END " + "RSA PRIV" + "ATE KEY-----"
_BODY = made_up(64) + "\n" + made_up(64, seed="b") + "\n" + made_up(20) + "==\n"
_ESCAPED = _BODY.replace("\n", "\\n")
_PUTTY = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 1\n" + made_up(44) + "\n"
POSITIVES = (
    Positive("PRIVATE_KEY", "wrote\n", _BEGIN + "\n" + _BODY + _END, "\nto disk"),
    Positive("PRIVATE_KEY", '{"pem": "', _BEGIN + "\\n" + _ESCAPED + _END, '\\n"}'),
    Positive("PRIVATE_KEY", "cut off: ", _BEGIN + "\n" + made_up(64) + "\n" + made_up(30)),
    Positive(
        "PRIVATE_KEY",
        "",
        _BEGIN + "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233\n\n" + _BODY + _END,
    ),
    Positive(
        "PRIVATE_KEY",
        "",
        "-----BEGIN PGP PRIV" + "ATE KEY BLOCK-----\n\n" + _BODY + "-----END PGP PRIV" + "ATE KEY BLOCK-----",
    ),
    Positive("PUTTY_PRIVATE_KEY", "", _PUTTY + "Private-Lines: 1\n" + made_up(64) + "\nPrivate-MAC: " + made_up(9)),
    Positive("ENCODED_PRIVATE_KEY", "privateKey: ", b64encode((_BEGIN + "\n" + _BODY).encode()).decode(), "\n"),
)
NEAR_MISSES = (
    _PUTTY,
    b64encode(("-----BEGIN CERTIFICATE-----\n" + _BODY).encode()).decode(),
    "-----BEGIN PUBLIC KEY-----\n" + _BODY + "-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\n" + _BODY + "-----END CERTIFICATE-----",
    "a file that starts with " + _BEGIN + " holds one key",
)
