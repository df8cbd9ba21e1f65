/** What is told of a case's way beside its deadlines. */
import type { CaseDetail } from "@/api/types"
import { t, tr } from "@/i18n"

/** Its code and of which table, department and handler. */
export function progressLines(detail: CaseDetail): string[] {
  const { code, code_scheme: scheme, department } = detail
  return [
    code && `${t("deadline.code")} ${code}${scheme ? tr(`codes.${scheme}`, ` ${scheme}`) : ""}`,
    department && `${t("deadline.department")} ${department}`,
    detail.assignee && `${t("deadline.assignee")} ${detail.assignee}`,
  ].filter((line): line is string => Boolean(line))
}

/** What waits for somebody, or was assumed. */
export function progressNotes(detail: CaseDetail): string[] {
  const { request, penalised_by, penalty_proposed_by } = detail
  const years = [...new Set(detail.deadlines.flatMap((line) => line.assumed_years))]
  return [
    request?.kind === "extension"
      ? t("deadline.request_extension", { by: request.by, amount: request.amount ?? 0 })
      : "",
    request?.kind === "suspension" ? t("deadline.request_suspension", { by: request.by }) : "",
    penalty_proposed_by ? t("deadline.penalty", { by: penalty_proposed_by }) : "",
    penalised_by
      ? t("deadline.penalised", { first: penalised_by[0], second: penalised_by[1] })
      : "",
    years.length ? t("deadline.assumed", { years: years.join("、") }) : "",
  ].filter(Boolean)
}
