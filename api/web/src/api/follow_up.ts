import { getJson, sendBytes, sendJson } from "./client"
import type { DuplicateView, FollowUpView, NoticeView, SubjectView } from "./schema"

export type Colour = "green" | "yellow" | "red"
export type SubjectKind = "plate" | "shop" | "place"
export type LookState = "waiting" | "asked" | "gone" | "standing" | "dropped"

export type Subject = SubjectView
export type Notice = NoticeView

export interface AnotherLook {
  round: number
  action: "remind" | "look_again"
  by: string
  state: LookState
  started_s: number
  due_s: number
  attempt: number
  asked_s: number | null
  reason: string
  unseen_since_s: number | null
  looked_s: number | null
  photos: { name: string; role: "after_panorama" | "after_close_up"; url: string; taken_s: number }[]
}

export type Duplicate = DuplicateView
export type FollowUp = FollowUpView

export const PERMIT_KINDS = ["plate", "night_market", "loading", "holiday", "other"] as const

export interface Terms {
  title: string
  kind: (typeof PERMIT_KINDS)[number]
  plates: string[]
  kinds: string[]
  cameras: string[]
  zones: string[]
  from_s: number | null
  to_s: number | null
  hours: string[]
  exceptions: string[]
  effect: "suppress" | "mark"
  note: string
}

export interface Permit {
  id: string
  version: number
  at_s: number
  actor: string
  terms: Terms
}

export interface PermitLine {
  version: number
  at_s: number
  actor: string
  terms: Terms | null
}

export interface Register {
  version: number
  permits: Permit[]
  problems: string[]
}

export interface Imported {
  imported: number
  flaws: { row: number; message: string }[]
  permits: Terms[]
}

export interface SuppressedFigures {
  total: number
  counts: { permit_id: string; kind: string; camera_id: string; count: number }[]
}

const ofCase = (id: string) => `/api/cases/${encodeURIComponent(id)}`
const ofPermit = (id: string) => `/api/permits/${encodeURIComponent(id)}`

export const getFollowUp = (id: string, signal?: AbortSignal) =>
  getJson<FollowUp>(`${ofCase(id)}/follow-up`, signal)

export const putSubject = (id: string, kind: SubjectKind, text: string) =>
  sendJson<FollowUp>("PUT", `${ofCase(id)}/subject`, { kind, text })

export const dismissDuplicate = (id: string) =>
  sendJson<FollowUp>("PUT", `${ofCase(id)}/duplicate`, { verdict: "dismissed" })

export const getRegister = () => getJson<Register>("/api/permits")

export const getPermitLines = (id: string) => getJson<PermitLine[]>(ofPermit(id))

export const savePermit = (terms: Terms, old: Permit | null) =>
  old
    ? sendJson<Permit>("PUT", ofPermit(old.id), terms, { "If-Match": `"${old.version}"` })
    : sendJson<Permit>("POST", "/api/permits", terms)

export const revokePermit = (old: Permit) =>
  sendJson<void>("DELETE", ofPermit(old.id), {}, { "If-Match": `"${old.version}"` })

export const importPermits = (file: Blob, dryRun: boolean) =>
  sendBytes<Imported>(`/api/permits/import?dry_run=${dryRun}`, file)

export const getSuppressed = () => getJson<SuppressedFigures>("/api/permits/suppressed")
