from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("CA_SIN", "her SIN is ", "647 281 955"),
    Positive("CA_SIN", "NAS: ", "647-281-955"),
    Positive("BR_CPF", "cliente ", "417.308.265-71"),
    Positive("BR_CPF", "cpf=", "41730826571"),
    Positive("BR_CNPJ", "invoice for ", "41.730.826/0001-93"),
    Positive("BR_CNPJ", "CNPJ ", "41ABC826000D49"),
    Positive("MX_CURP", "solicitante ", "RUMA850714MDFZRN09", " en lista"),
    Positive("CL_RUT", "RUT: ", "17.204.963-K"),
    Positive("AR_CUIT", "CUIL ", "27-31806425-9"),
    Positive("CO_NIT", "NIT ", "830.114.726-1"),
    Positive("EC_CEDULA", "cédula ", "0918253741"),
)
NEAR_MISSES = (
    "her SIN is 647 281 956",
    "the business sin 647-281-95",
    "ticket 647 281 955 is closed",
    "cpf=41730826572",
    "order 417.308.265-72",
    "CNPJ 41.730.826/0001-94",
    "RUMA850714MDFZRN08",
    "RUMA851314MDFZRN09",
    "RUT: 17.204.963-1",
    "CUIL 27-31806425-8",
    "NIT 830.114.726-2",
    "cédula 0918253742",
    "sin=45.2 cos=0.647281955",
)
