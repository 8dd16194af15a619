"""公调对接: the door of the police stations (派出所).

Reads the referral as it stands on the police's own form, judges it by the police's own law
(治安管理处罚法 9, 程序规定 178–186), and hands the station what becomes of it. Publishes
`police_link.request.v1` (a referral, its dossier sealed to intake) and `police_link.proposal.v1`
(the written application, the closing act); reads `routing.referral.v1` and the directory.
"""
