from __future__ import annotations

from tests.detectors.examples.example import Positive

POSITIVES = (
    Positive("IN_AADHAAR", "card ", "7294 1830 5627"),
    Positive("IN_AADHAAR", "aadhaar: ", "529401830672"),
    Positive("IN_PAN", "the holder ", "ABKPM4173Q", " filed"),
    Positive("IN_VOTER", "voter id ", "KSD4173082"),
    Positive("SG_NRIC_FIN", "visitor ", "S8417302I"),
    Positive("KR_RRN", "kim ", "880917-2034182"),
    Positive("KR_RRN", "주민등록번호는 ", "880917-2034183"),
    Positive("KR_RRN", "rrn ", "8809172034182"),
    Positive("KR_FRN", "외국인등록번호 ", "920305-6182045"),
    Positive("JP_MY_NUMBER", "個人番号は", "4081 7362 9515"),
    Positive("JP_MY_NUMBER", "my_number=", "408173629515"),
    Positive("CN_RESIDENT_ID", "user ", "440306198809172046"),
    Positive("TW_NATIONAL_ID", "Taiwan ID ", "F218430716"),
    Positive("HK_HKID", "member ", "K418302(9)"),
    Positive("TH_TNIN", "thai id ", "3-1006-04821-73-9"),
    Positive("MY_NRIC", "MyKad ", "880917-14-5204"),
)
NEAR_MISSES = (
    "card 7294 1830 5628",
    "aadhaar: 529401830673",
    "7294 1830 5627 1111",
    "ABKXM4173Q is a part",
    "build KSD4173082",
    "S8417302J",
    "kim 880917-2034183",
    "rrn 881317-2034182",
    "my_number=408173629516",
    "epoch 4081 7362 9515",
    "440306198809172047",
    "990306198809172046",
    "Taiwan ID F218430717",
    "K418302(8)",
    "thai id 3-1006-04821-73-8",
    "MyKad 881317-14-5204",
)
