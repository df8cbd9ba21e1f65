/** The shapes of the server's answers; times are UTC seconds, boxes x1 y1 x2 y2 in source pixels. */

import type {
  ActionView, Answer, CaseView, ConditionView, ConditionsView, FactPart, MediaView, ReasonView, SchedulePart,
  TitleView, UserView,
} from "./schema"

export const STATUSES = [
  "lead", "filed", "dispatched", "handling", "reported", "checked", "closed", "rejected", "merged",
  "voided",
] as const
export type Status = (typeof STATUSES)[number]
export type Verdict = "confirmed" | "rejected"
export type Duty =
  | "reviewer" | "dispatcher" | "handler" | "checker" | "legal" | "admin" | "auditor"
  | "camera_admin" | "system_admin" | "security_admin"
export type Role = Duty | "viewer" | "officer"
export type Light = "running" | "warned" | "overdue" | "paused" | "met" | "missed"
export type Action =
  | "file" | "reject" | "merge" | "dispatch" | "accept" | "report" | "check" | "close" | "return"
  | "request_extension" | "approve_extension" | "deny_extension" | "request_suspension"
  | "approve_suspension" | "deny_suspension" | "resume" | "propose_penalty" | "approve_penalty"
  | "decline_penalty" | "reopen" | "void" | "remind" | "look_again" | "correct" | "escalate"
/** What has to be told with an action. */
export type Need = "note" | "reason" | "assignee" | "amount" | "into"
/** What is told with an action; `conditions` are what was seen of the thing. */
export type Told = Partial<Record<Need, string | number>> & { conditions?: string[] }
export type Box = [number, number, number, number]
export type Point = [number, number]

export type User = UserView
export type Title = TitleView

export interface Kind {
  name: string
  title: Title
  zone_kinds: string[]
  exempt_zone_kinds: string[]
  dwell_s: number
  min_count: number
  conditions: ConditionView[]
}

export type Reason = ReasonView
export type Fact = FactPart
export type Case = CaseView
export type Counts = Record<Status, number>
export type CasePage = Answer<"GET /api/cases">

export type Medium = MediaView

export interface HistoryLine {
  seq: number
  at_s: number
  actor: string
  action: Action | "held" | "released" | "purged" | "raised" | "ended" | "unseen" | "subject"
  state: Status
  reason: string | null
  note: string | null
  more: Record<string, string>
  hash: string
}

export interface Deadline {
  phase: "filing" | "dispatching" | "handling" | "checking"
  round: number
  amount: number
  unit: "urgent_hours" | "working_hours" | "working_days" | "calendar_days"
  extra: number
  due_s: number | null
  met_s: number | null
  assumed_years: number[]
  light: Light
}

export type Schedule = SchedulePart

export interface CaseDetail extends Case {
  picture_wh: [number, number] | null
  boxes: [number, Box][]
  zone_polygon: Point[]
  rule: { kind: string; dwell_s: number; min_count: number; schedule: Schedule | null } | null
  model: { name: string; sha256: string; licence: string; backend: string } | null
  clock: { source: string; offset_s: number | null; note: string; timezone: string } | null
  camera: { id: string; name: string; location: string; device_number: string }
  media: Medium[]
  missing: { role: string; reason: string }[]
  manifest_sha256: string
  history: HistoryLine[]
  chain: { ok: boolean; lines: number; problems: string[] }
  deadlines: Deadline[]
  actions: ActionView[]
  conditions: ConditionsView[]
  suspended: boolean
  request: { kind: "extension" | "suspension"; by: string; amount: number | null } | null
  penalty_proposed_by: string | null
  penalised_by: [string, string] | null
  merged_into: string | null
}

export interface ProfileResult extends Title {
  name: string
  version: string
  met: boolean
  clauses: (Title & {
    check: string
    confirmed: boolean
    met: boolean
    why_zh: string
    why_en: string
  })[]
}

export interface Verification {
  ok: boolean
  problems: string[]
  notes: string[]
  manifest_sha256: string | null
}
