/** The systems that are told of cases, their dead letters, and what platforms told. */
import { getJson, sendJson } from "./client"
import type { DeadLetterView } from "./schema"

export type TargetKind = "webhook" | "mqtt" | "platform" | "viid"
export type TargetState = "new" | "ok" | "failing" | "paused"

export interface Target {
  name: string
  kind: TargetKind
  settings: Record<string, unknown>
  secrets: string[]
  state: TargetState
  created_s: number
  paused_s: number | null
  behind: number
  sent: number
  dead: number
  replaying: number
  last_success_s: number | null
  error: string | null
  tries: number
  failing_since_s: number | null
  next_s: number | null
  pulled_s: number | null
  pull_error: string | null
  parked: number
}

export interface NewTarget extends Target {
  signing_secret: string | null
}

export type DeadLetter = DeadLetterView

export interface TargetBody {
  settings: Record<string, unknown>
  secrets: Record<string, string>
  start: "now" | "beginning"
}

const TARGETS = "/api/outbound/targets"
const at = (name: string, end = "") => `${TARGETS}/${encodeURIComponent(name)}${end}`

export const listTargets = () => getJson<Target[]>(TARGETS)

export const putTarget = (name: string, body: TargetBody) =>
  sendJson<NewTarget>("PUT", at(name), body)

export const removeTarget = (name: string) => sendJson<void>("DELETE", at(name))

export const pauseTarget = (name: string) => sendJson<Target>("POST", at(name, "/pause"))

export const resumeTarget = (name: string) => sendJson<Target>("POST", at(name, "/resume"))

export const rotateSecret = (name: string) =>
  sendJson<{ signing_secret: string }>("POST", at(name, "/secret"))

export const OUTCOMES = ["parked", "applied", "same", "late", "dismissed"] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Something that a platform told of a case. */
export interface Change {
  target: string
  change_id: string
  case_id: string | null
  external_id: string
  status: string
  at_s: number
  note: string
  operator: string
  outcome: Outcome
  why: string
  taken_s: number
  settled_by: string | null
}

export interface ReceivedPhoto {
  sha256: string
  url: string
  target: string
  change_id: string
}

const CHANGES = "/api/outbound/changes"
const settle = (change: Change, how: "retry" | "dismiss") =>
  sendJson<Change>(
    "POST",
    `${CHANGES}/${encodeURIComponent(change.target)}/${encodeURIComponent(change.change_id)}/${how}`,
  )

export const listChanges = (outcome: Outcome | "all", before_s?: number) => {
  const query = new URLSearchParams(outcome === "all" ? {} : { outcome })
  if (before_s !== undefined) query.set("before_s", String(before_s))
  return getJson<Change[]>(`${CHANGES}?${query}`)
}

export const retryChange = (change: Change) => settle(change, "retry")

export const dismissChange = (change: Change) => settle(change, "dismiss")

export const listReceived = (caseId: string) =>
  getJson<ReceivedPhoto[]>(`/api/cases/${encodeURIComponent(caseId)}/received`)

/** The dead letters behind a cursor; there may be more if as many as `limit` come. */
export const listDead = (name: string, after = 0, limit = 50) =>
  getJson<DeadLetter[]>(at(name, `/dead?after=${after}&limit=${limit}`))

export const replay = (name: string, caseId: string | null = null) =>
  sendJson<{ count: number }>("POST", at(name, "/replay"), caseId ? { case_id: caseId } : {})
