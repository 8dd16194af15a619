"""The words of the police's form and the codes that they stand for."""

from collections.abc import Mapping
from typing import Literal

Role = Literal["suspect", "victim", "applicant", "respondent"]
ROLES: Mapping[str, Role] = {
    "违法嫌疑人": "suspect",
    "被侵害人": "victim",
    "申请人": "applicant",
    "对方": "respondent",
}

PoliceClass = Literal["public_security", "civil", "traffic"]
CLASSES: Mapping[str, PoliceClass] = {
    "治安": "public_security",
    "治安案件": "public_security",
    "纠纷": "civil",
    "民间纠纷": "civil",
    "交通": "traffic",
    "交通事故": "traffic",
}
"""Only the classes that may be referred to mediation: a criminal case, a call for help and a
complaint go other ways."""

Conduct = Literal[
    "assault",
    "injury",
    "insult",
    "defamation",
    "false_accusation",
    "property_damage",
    "harassment",
    "privacy",
    "trespass",
    "gang_fight",
    "picking_quarrels",
    "theft",
    "other",
]
CONDUCTS: Mapping[str, Conduct] = {
    "殴打他人": "assault",
    "殴打": "assault",
    "故意伤害": "injury",
    "侮辱": "insult",
    "诽谤": "defamation",
    "诬告陷害": "false_accusation",
    "故意损毁财物": "property_damage",
    "干扰他人正常生活": "harassment",
    "侵犯隐私": "privacy",
    "非法侵入住宅": "trespass",
    "结伙斗殴": "gang_fight",
    "寻衅滋事": "picking_quarrels",
    "盗窃": "theft",
    "其他": "other",
}

Circumstances = Literal["minor", "ordinary", "serious"]
CIRCUMSTANCES: Mapping[str, Circumstances] = {
    "情节较轻": "minor",
    "较轻": "minor",
    "一般": "ordinary",
    "严重": "serious",
}

Cause = Literal[
    "relatives", "neighbours", "colleagues", "students", "victim_fault", "better_so", "not_civil"
]
CAUSES: Mapping[str, Cause] = {
    "亲友": "relatives",
    "邻里": "neighbours",
    "同事": "colleagues",
    "在校学生": "students",
    "被侵害人事前过错": "victim_fault",
    "其他更易化解": "better_so",
    "非民间纠纷": "not_civil",
}

Exclusion = Literal[
    "hired", "gang", "repeated", "unwilling", "violation_during", "fled", "unsuitable"
]
EXCLUSIONS: Mapping[str, Exclusion] = {
    "雇凶伤害他人": "hired",
    "结伙斗殴或者其他寻衅滋事": "gang",
    "多次实施违反治安管理行为": "repeated",
    "当事人不愿意调解": "unwilling",
    "调解过程中又实施违法行为": "violation_during",
    "违法嫌疑人逃跑": "fled",
    "其他不宜调解": "unsuitable",
}

PoliceMode = Literal["transfer", "entrust", "invite"]
MODES: Mapping[str, PoliceMode] = {
    "移送": "transfer",
    "委托": "entrust",
    "邀请协助": "invite",
}
"""告知 is no handover: the parties are told and go themselves (程序规定 178)."""

Outcome = Literal["not_punished", "case_resumed", "settled", "unsettled"]
OUTCOMES: Mapping[str, Outcome] = {
    "不予处罚": "not_punished",
    "恢复办理": "case_resumed",
    "已化解": "settled",
    "未化解": "unsettled",
}
