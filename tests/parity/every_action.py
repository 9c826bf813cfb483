"""Every action of governance, with its address over REST and its field in GraphQL.

An action is a page that is read (`GET name`), sent (`POST name`), or one act among several that a
page sends by name (`POST name: act`); or what the administration stores, deletes or does with
chosen rows (`admin model: act`). Whoever adds one adds its two doors here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Doors:
    """`rest` is a method and a route's name, `graphql` a field of the root, or `Type.field`."""

    rest: str
    graphql: str


def _d(*pairs: str) -> tuple[Doors, ...]:
    """Doors from pairs of a REST route and a GraphQL field."""
    return tuple(Doors(*pair.split(" = ")) for pair in pairs)


ACTIONS: Mapping[str, tuple[Doors, ...]] = {
    # agreements
    "GET agreements": _d("get agreements = agreements"),
    "GET glossary": _d("get agreements = agreements"),
    "GET glossary_turtle": _d("get glossary-turtle = glossary"),
    "GET glossary_json_ld": _d("get glossary-json-ld = glossary"),
    "GET glossary_import": _d("post glossary-import = importGlossary"),
    "POST glossary_import": _d("post glossary-import = importGlossary"),
    "GET agreement_schema": _d("get agreement-schema = AgreementKind.documentSchema"),
    "GET agreement_yaml": _d("get agreement = AgreementVersion.document"),
    "GET agreement_json": _d("get agreement = agreement"),
    "GET agreement": _d(
        "get agreement = agreement", "get agreement-versions = Agreement.versions",
        "get agreement-uses = Agreement.useCounts",
    ),
    # proposals
    "GET proposals": _d("get proposals = proposals"),
    "GET new_proposal": _d("get agreement-kinds = agreementKinds"),
    "POST new_proposal": _d(
        "post proposals = createProposal", "post proposal-dry-run = dryRunProposal",
        "post proposal-submit = submitProposal",
    ),
    "GET proposal": _d("get proposal = proposal"),
    "GET edit_proposal": _d("get proposal = proposal"),
    "POST edit_proposal": _d("put proposal = reviseProposal"),
    "POST act: submit": _d("post proposal-submit = submitProposal"),
    "POST act: return": _d("post proposal-return = returnProposal"),
    "POST act: accept": _d("post proposal-accept = acceptProposal"),
    "POST act: merge": _d("post proposal-merge = mergeProposal"),
    "POST act: consent_locally": _d("post proposal-consent-locally = consentLocally"),
    "POST act: take_position": _d("post proposal-positions = takePosition"),
    "POST act: raise_concern": _d("post proposal-concerns = raiseConcern"),
    "POST act: answer_concern": _d("post concern-answer = answerConcern"),
    "POST act: resolve_concern": _d("post concern-resolve = resolveConcern"),
    "POST act: withdraw_concern": _d("post concern-withdraw = withdrawConcern"),
    "POST act: rule_valid": _d("post concern-rule-valid = ruleConcernValid"),
    "POST act: rule_invalid": _d("post concern-rule-invalid = ruleConcernInvalid"),
    "POST act: appeal_ruling": _d("post concern-appeal = appealRuling"),
    "POST act: vote_on_appeal": _d("post appeal-vote = voteOnAppeal"),
    "POST act: decide_appeal": _d("post appeal-decide = decideAppeal"),
    "POST act: rule_on_interest": _d("post proposal-interests = ruleOnInterest"),
    "POST act: comment": _d("post proposal-comments = comment"),
    "POST act: call_final": _d("post proposal-call-final = callFinal"),
    "POST act: ask_for_vote": _d("post proposal-ask-for-vote = askForVote"),
    "POST act: record_vote": _d("post proposal-vote = recordVote"),
    "POST act: withdraw": _d("post proposal-withdraw = withdrawProposal"),
    "POST act: resume": _d("post proposal-resume = resumeProposal"),
    "POST act: raise_scope": _d("post proposal-raise-scope = raiseScope"),
    "POST act: rebase": _d("post proposal-rebase = rebaseProposal"),
    "POST act: confirm_emergency": _d("post proposal-confirm-emergency = confirmEmergency"),
    "POST act: reverse": _d("post proposal-reverse = reverseProposal"),
    # the council
    "GET council": _d(
        "get meetings = meetings", "get proposals-waiting = waiting", "get actions = actions",
    ),
    "POST change_council: plan": _d("post meetings-plan = planMeetings"),
    "POST change_council: cancel": _d("post meeting-cancel = cancelMeeting"),
    "GET seats": _d("get seats = seats", "get delegations = delegations"),
    "GET seat": _d("get seat = seat", "get seat-memberships = memberships"),
    "POST change_seat": _d("put sitter = seatPerson", "delete sitter = vacateSeat"),
    "POST delegate": _d("post delegations = delegate"),
    "POST end_delegation": _d("delete delegation = endDelegation"),
    "GET flows": _d("get flows = flows", "get flow = flow"),
    "POST flows": _d("post flows = registerFlow"),
    "GET accountability": _d("get accountability = Dataset.accountability"),
    "POST change_accountability: assign": _d("post accountability = assignDuty"),
    "POST change_accountability: withdraw": _d("delete duty = withdrawDuty"),
    "GET meetings": _d("get meetings = meetings"),
    "GET meeting": _d("get meeting = meeting"),
    "POST act_in_meeting: make_agenda": _d("post meeting-make-agenda = makeAgenda"),
    "POST act_in_meeting: send_agenda": _d("post meeting-send-agenda = sendAgenda"),
    "POST act_in_meeting: add_item": _d("post agenda-items = addAgendaItem"),
    "POST act_in_meeting: drop_item": _d("post meeting-drop-item = dropAgendaItem"),
    "POST act_in_meeting: postpone_item": _d("post meeting-postpone-item = postponeAgendaItem"),
    "POST act_in_meeting: pull_item": _d("post meeting-pull-item = pullAgendaItem"),
    "POST act_in_meeting: open": _d("post meeting-open = openMeeting"),
    "POST act_in_meeting: advance": _d("post meeting-advance = advanceMeeting"),
    "POST act_in_meeting: attend": _d("post meeting-attend = attendMeeting"),
    "POST act_in_meeting: leave": _d("post meeting-leave = leaveMeeting"),
    "POST act_in_meeting: note_item": _d("post meeting-note-item = noteOnItem"),
    "POST act_in_meeting: note": _d("post meeting-note = noteInMeeting"),
    "POST act_in_meeting: close": _d("post meeting-close = closeMeeting"),
    "POST act_in_meeting: add_action": _d("post meeting-add-action = addAction"),
    "POST act_in_meeting: draft_minutes": _d("post meeting-draft-minutes = draftMinutes"),
    "POST act_in_meeting: write_minutes": _d("post meeting-write-minutes = writeMinutes"),
    "POST act_in_meeting: approve": _d("post meeting-approve-minutes = approveMinutes"),
    "POST act_in_meeting: object": _d("post meeting-object-to-minutes = objectToMinutes"),
    "POST act_in_meeting: correct": _d("post meeting-correct-minutes = correctMinutes"),
    "GET quarterly_report": _d("get quarterly-report = quarterlyReport"),
    "GET calendar": _d(
        "get change-calendar = changeCalendar", "get calendar-address = calendarAddress",
    ),
    "POST calendar": _d(
        "post calendar-address = makeCalendarAddress",
        "delete calendar-address = endCalendarAddress",
    ),
    "GET decisions": _d("get decisions = decisions", "get decision-chain = decisionChain"),
    "GET decision": _d("get decision = decision"),
    "GET decision_chain": _d("get decision-chain-export = decisionChainFile"),
    "GET decision_prov": _d("get decision-prov = decisionFile"),
    "GET decision_json": _d("get decision-json = decisionFile"),
    "GET decision_markdown": _d("get decision-madr = decisionFile"),
    # goals
    "GET goals": _d("get goals = goals"),
    "POST goals": _d("post goals = setGoal"),
    "GET goal": _d(
        "get goal = goal", "get goal-measurements = Goal.measurements", "get goals = Team.goals",
    ),
    "POST change_goal: record": _d("post goal-measurements = recordGoalMeasurement"),
    "POST change_goal: change": _d("put goal = changeGoal"),
    "POST change_goal: withdraw": _d("delete goal = withdrawGoal"),
    # data that somebody could not get
    "POST report_missing_data": _d("post data-reports = reportMissingData"),
    "GET missing_data": _d(
        "get data-reports = dataReports", "get data-report-counts = dataReportCounts",
        "get data-report-answers = dataReportAnswers",
    ),
    "POST answer_missing_data": _d("post data-report-answers = answerDataReports"),
    "GET first_steps": _d("get first-steps = firstSteps"),
    "POST first_domain": _d("post first-domain = startDomain"),
    "GET first_term": _d("get first-term = suggestedTerm"),
    "POST first_term": _d("post first-term = proposeFirstTerm"),
    "GET reach": _d(
        "get reach = reach", "get reach-consumers = reachConsumers",
        "get reach-departments = reachDepartments", "get self-service = selfService",
    ),
    # how fields map
    "GET mappings": _d("get mappings = mappings"),
    "GET mapping": _d("get mapping = mapping"),
    "GET mapping_csv": _d("get mapping = mapping"),
    "GET composed_record": _d("get composed-record = composedRecord"),
    # conflicts
    "GET conflicts": _d("get conflicts = conflicts"),
    "GET conflict": _d("get conflict = conflict"),
    "POST change_conflict: assign": _d("post assign = assignConflict"),
    "POST change_conflict: reopen": _d("post reopen = reopenConflict"),
    "POST change_conflict: resolved": _d("post settle = settleConflict"),
    "POST change_conflict: accepted": _d("post settle = settleConflict"),
    "POST merge_conflict": _d("post merge = mergeConflict"),
    # access
    "GET access": _d("get opt-outs = optOuts"),
    "GET my_access": _d("get my-access = myAccess"),
    "GET check_access": _d("get access = access", "get access-audience = audience"),
    "GET openness": _d(
        "get openness = openness", "get openness-history = opennessHistory",
        "get exposed-columns = exposedColumns",
    ),
    "GET enforcement": _d("get enforcement = enforcement"),
    "GET emergency": _d("get opt-outs = optOuts"),
    "POST emergency": _d(
        "post emergency-opt-outs = closeInEmergency", "post emergencies = declareEmergency",
    ),
    "GET exceptions": _d(
        "get opt-out-exceptions = optOutExceptions", "get opt-out-exception = optOutException",
    ),
    "GET proposal_trial": _d(
        "get proposal-trial = proposalTrial", "get access-difference = accessDifference",
    ),
    "POST change_trial: suggest_tests": _d("post proposal-suggest-tests = suggestTests"),
    "POST change_trial: replay": _d(
        "post proposal-replays = replayDecisions", "get proposal-replays = proposalReplays",
    ),
    "POST change_trial: start_shadow": _d(
        "post proposal-shadows = startShadow", "get proposal-shadows = proposalShadows",
    ),
    "POST change_trial: end_shadow": _d("delete proposal-shadows = endShadow"),
    "GET opt_out_analysis": _d("get opt-out-flaws = optOutFlaws"),
    "GET request_exception": _d("get opt-outs = optOuts"),
    "POST request_exception": _d("post opt-out-exceptions = requestOptOutException"),
    "POST change_exception: approve": _d("post opt-out-exception-decide = decideOptOutException"),
    "POST change_exception: refuse": _d("post opt-out-exception-decide = decideOptOutException"),
    "POST change_exception: end": _d("post opt-out-exception-end = endOptOutException"),
    "POST change_exception: justified": _d("post opt-out-exception-review = reviewBreakGlass"),
    "POST change_exception: not_justified": _d(
        "post opt-out-exception-review = reviewBreakGlass"
    ),
    "GET break_glass": _d("get break-glass = breakGlassTemplates"),
    "POST break_glass": _d("post break-glass = approveBreakGlass"),
    "POST use_break_glass": _d("post break-glass-use = breakGlass"),
    "POST end_break_glass": _d("post break-glass-end = endBreakGlass"),
    # messages and webhooks
    "GET notifications": _d("get messages = messages"),
    "POST read_notification": _d("post messages-read = markRead"),
    "GET notification_preferences": _d(
        "get message-preferences = messagePreferences", "get message-kinds = messageKinds",
        "get watches = watched",
    ),
    "POST notification_preferences": _d("put message-preferences = setMessagePreferences"),
    "POST watch": _d("put watches = watch", "delete watches = unwatch"),
    "GET webhooks": _d("get webhooks = webhooks"),
    "POST webhooks": _d("post webhooks = addWebhook"),
    "GET webhook": _d("get webhook = webhook", "get webhook-deliveries = webhookDeliveries"),
    "POST change_webhook: edit": _d("patch webhook = changeWebhook"),
    "POST change_webhook: rotate": _d("post webhook-rotate = rotateWebhookSecret"),
    "POST change_webhook: pause": _d("post webhook-pause = pauseWebhook"),
    "POST change_webhook: resume": _d("post webhook-resume = resumeWebhook"),
    "POST change_webhook: test": _d("post webhook-test = testWebhook"),
    "POST change_webhook: replay": _d("post webhook-replay = replayWebhook"),
    "POST change_webhook: remove": _d("delete webhook = removeWebhook"),
    # the administration
    "admin seat: add": _d("post seats = createSeat"),
    "admin seat: change": _d("patch seat = changeSeat"),
    "admin seat: close": _d("delete seat = closeSeat"),
    "admin membership: add": _d("put sitter = seatPerson"),
    "admin membership: leave_seat": _d("delete sitter = vacateSeat"),
    "admin delegation: add": _d("post delegations = delegate"),
    "admin delegation: end": _d("delete delegation = endDelegation"),
    "admin committee: add": _d("post committees = createCommittee"),
    "admin committee: change": _d("patch committee = changeCommittee"),
    "admin flow: add": _d("post flows = registerFlow"),
    "admin flow: change": _d("put flow = changeFlow"),
    "admin flow: delete": _d("delete flow = removeFlow"),
    # the log of access decisions
    "GET audit": _d("get audit-records = auditRecords"),
    "GET audit_record": _d("get audit-record = auditRecord"),
    "GET audit_csv": _d("get audit-export = auditRecords"),
    "GET audit_json": _d("get audit-export = auditRecords"),
    "GET audit_readers": _d("get audit-readers = auditReaders"),
    "GET audit_holds": _d("get audit-holds = auditHolds"),
    "POST audit_holds": _d("post audit-holds = placeAuditHold"),
    "POST audit_hold_lift": _d("post audit-hold-lift = liftAuditHold"),
    # parts of the pages of datasets, and what only programs do by themselves
    "part scorecard of a team": _d("get team-scorecard = scorecard"),
    "part agreements of a dataset": _d("get dataset-agreements = Dataset.agreements"),
    "part proposals of a dataset": _d("get dataset-proposals = Dataset.openProposals"),
    "programs: epoch": _d("get epoch = policyEpoch"),
    "programs: finish an action": _d("post action-finish = finishAction"),
    "GET check_sql": _d("post gateway-check = checkSql"),
    "POST check_sql": _d("post gateway-check = checkSql"),
    "GET brakes": _d("get brakes = brakes"),
    "POST stop_query": _d("post lease-stop = stopLease"),
    "programs: lease of a query": _d("post gateway-check = grantLease"),
    "programs: tests before a job": _d("post access-tests = runAccessTests"),
    "programs: heartbeat of a query": _d("post lease-heartbeat = leaseHeartbeat"),
    "programs: end of a query": _d("delete lease = endLease"),
    "programs: committees": _d("get committees = committees", "get committee = committee"),
}  # fmt: skip

# Pages that have no doors beside them, and why.
PAGES_ONLY: Mapping[str, str] = {
    "GET picks": "completes a field of a form; programs ask `suggest`",
    "GET calendar_feed": "is itself an address for programs",
    "GET unsubscribe": "asks whoever opened a mail's link, without signing in",
    "POST unsubscribe": "is what a mail client sends, without signing in (RFC 8058)",
    "POST move_clock": "moves the clock of a demonstration only",
}
