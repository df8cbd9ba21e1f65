import { getJson, sendJson } from "./client"
import type {
  Action,
  Case,
  CaseDetail,
  CasePage,
  Kind,
  ProfileResult,
  Reason,
  Status,
  Told,
  Verdict,
  Verification,
} from "./types"

/** What to list; an empty text means all. */
export interface CaseFilter {
  status: Status | ""
  overdue: boolean
  kind: string
  camera_id: string
  q: string
}

export const PAGE_SIZE = 50

const at = (id: string) => `/api/cases/${encodeURIComponent(id)}`

export function listCases(filter: CaseFilter, page: number, signal?: AbortSignal) {
  const query = new URLSearchParams({ page: String(page), page_size: String(PAGE_SIZE) })
  for (const [key, value] of Object.entries(filter)) if (value) query.set(key, String(value))
  return getJson<CasePage>(`/api/cases?${query}`, signal)
}

export const getCase = (id: string, signal?: AbortSignal) => getJson<CaseDetail>(at(id), signal)

export const giveVerdict = (
  { id, version }: Pick<Case, "id" | "version">,
  verdict: Verdict,
  reason: string | null = null,
  note: string | null = null,
  conditions: string[] = [],
) =>
  sendJson<CaseDetail>("POST", `${at(id)}/verdict`, { verdict, reason, note, version, conditions })

export const reopenCase = ({ id, version }: Pick<Case, "id" | "version">) =>
  sendJson<CaseDetail>("POST", `${at(id)}/reopen`, { version, note: null })

/** Takes a step of the workflow, once however often it is sent. */
export const actOnCase = (
  { id, version }: Pick<Case, "id" | "version">,
  action: Action,
  told: Told,
) =>
  sendJson<CaseDetail>("POST", `${at(id)}/actions`, { action, ...told }, {
    "If-Match": `"${version}"`,
    "Idempotency-Key": `${id}:${version}:${action}:${Date.now()}`,
  })

export const verifyCase = (id: string) => sendJson<Verification>("POST", `${at(id)}/verify`)

export const getProfiles = (id: string) => getJson<ProfileResult[]>(`${at(id)}/profiles`)

export const listKinds = () => getJson<Kind[]>("/api/kinds")

export const listReasons = () => getJson<Reason[]>("/api/reasons")
