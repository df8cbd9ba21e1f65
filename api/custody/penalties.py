"""Nobody is penalised on what a camera without full standing saw (Penalty Law 2021, article 41)."""

from api.custody.standing import standing_lacks, told_lacks
from api.evidence import Evidence, EvidenceError
from api.http.problems import Problem
from api.store.tables import Case
from api.workflow.flow import Step
from api.workflow.rules import RULES
from api.workflow.words import Action, State

PENALTIES = (Action.PROPOSE_PENALTY, Action.APPROVE_PENALTY)


def check_penalty(evidence: Evidence, case: Case, step: Step) -> None:
    """Refuse to propose or approve a penalty on evidence that is only a lead; raises Problem.

    Whoever may not take the step at all is told so by the workflow.
    """
    rule = RULES.get((step.action, State(case.status)))
    if step.action not in PENALTIES or rule is None or not rule.duties & step.duties:
        return
    try:
        lacks = standing_lacks(evidence.manifest(case.packet).manifest)
    except EvidenceError as error:
        raise Problem(
            409, f"nobody can be penalised without evidence: {error}", "standing"
        ) from None
    why = told_lacks(lacks)
    if why is not None:
        zh, en = why
        raise Problem(
            409,
            "this evidence is a lead and nobody can be penalised on it, as its camera had no full "
            f"standing: {en}",
            "standing",
            lacks={need: short.value for need, short in lacks.items()},
            detail_zh=f"该证据仅为线索，不能作为处罚依据：摄像机{zh}",
        )
