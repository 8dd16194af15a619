"""The words of the live view: what an event is called at a clerk's desk."""

from collections.abc import Mapping

EVENTS: Mapping[str, str] = {
    "dispute.registered": "登记",
    "dispute.linked": "并案",
    "dispute.closed": "结案",
    "referral.offered": "分派",
    "referral.received": "签收",
    "referral.accepted": "受理",
    "referral.declined": "不受理",
    "referral.escalated": "上报上一级",
    "mediation.started": "开展调解",
    "mediation.failed": "调解不成",
    "agreement.reached": "达成协议",
    "agreement.performed": "履行完毕",
    "agreement.breached": "未履行",
    "performance.recorded": "履行一期",
    "confirmation.applied": "申请司法确认",
    "confirmation.ruled": "司法确认裁定",
    "closing.applied": "双方书面申请",
    "clock.set": "计时开始",
    "clock.warned": "时限提醒",
    "clock.expired": "时限届满",
    "clock.reinstated": "撤销逾期",
    "clock.stopped": "计时停止",
    "proposal.refused": "不予办理",
}
