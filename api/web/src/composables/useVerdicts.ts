/** Gives verdicts and takes them back, and says so. */
import { ElMessage } from "element-plus"
import { ref, watch } from "vue"

import { actOnCase, giveVerdict, reopenCase } from "@/api/cases"
import { Problem } from "@/api/client"
import type { Action, Case, CaseDetail, Told, Verdict } from "@/api/types"
import { t } from "@/i18n"
import { explain } from "@/logic/problems"
import { useSession } from "./useSession"
import { useVocabulary } from "./useVocabulary"

const SHOWN_MS = 4000
/** The cases judged here, the last one last: what `u` takes back. */
const judged = ref<Pick<Case, "id" | "version" | "number">[]>([])

// Nobody takes back what somebody else judged at the same desk.
watch(
  () => useSession().user.value?.username,
  () => (judged.value = []),
)

export function useVerdicts(onConflict: () => void) {
  const busy = ref(false)
  const { reasonTitle } = useVocabulary()

  async function judge(
    one: CaseDetail,
    verdict: Verdict,
    reason: string | null = null,
    note: string | null = null,
    conditions: string[] = [],
  ): Promise<CaseDetail | null> {
    const after = await attempt(() => giveVerdict(one, verdict, reason, note, conditions))
    if (!after) return null
    const { id, version, number } = after
    judged.value.push({ id, version, number })
    const values = { number, reason: reason ? reasonTitle(reason) : "" }
    const words = t(verdict === "confirmed" ? "verdict.confirmed" : "verdict.rejected", values)
    say(`${words} · U ${t("verdict.undo")}`)
    return after
  }

  async function reopen(one: Pick<Case, "id" | "version">): Promise<CaseDetail | null> {
    const after = await attempt(() => reopenCase(one))
    if (after) {
      judged.value = judged.value.filter((each) => each.id !== one.id)
      say(t("verdict.reopened", { number: after.number }))
    }
    return after
  }

  /** Reopens what was judged last. */
  async function undo(): Promise<CaseDetail | null> {
    const last = judged.value.at(-1)
    if (!last) {
      ElMessage({ message: t("verdict.nothing_to_undo"), type: "info" })
      return null
    }
    const after = await reopen(last)
    if (!after) judged.value = judged.value.filter((each) => each.id !== last.id)
    return after
  }

  /** Takes any other step of the workflow. */
  async function act(
    one: CaseDetail,
    action: Action,
    told: Told,
  ): Promise<CaseDetail | null> {
    const after = await attempt(() => actOnCase(one, action, told))
    if (after) say(`${after.number} · ${t(`action.${action}`)}`)
    return after
  }

  /** Does one thing at a time; a conflict is no error but a reason to look again. */
  async function attempt(act: () => Promise<CaseDetail>): Promise<CaseDetail | null> {
    if (busy.value) return null
    busy.value = true
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const isConflict = error.status === 409 || error.status === 412
      ElMessage({ message: explain(error), type: isConflict ? "warning" : "error" })
      if (isConflict) onConflict()
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, judge, act, undo }
}

function say(message: string): void {
  ElMessage({ message, type: "success", duration: SHOWN_MS })
}
