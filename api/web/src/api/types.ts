/** The shapes of the server's answers; times are UTC seconds, boxes x1 y1 x2 y2 in source pixels. */

export type Status = "open" | "confirmed" | "rejected"
export type Verdict = Exclude<Status, "open">
export type Role = "viewer" | "officer" | "admin"
export type Box = [number, number, number, number]
export type Point = [number, number]

export interface User {
  username: string
  role: Role
  display_name: string
}

export interface Title {
  zh: string
  en: string
}

export interface Kind {
  name: string
  title: Title
  zone_kinds: string[]
  exempt_zone_kinds: string[]
  dwell_s: number
  min_count: number
}

export interface Reason {
  id: string
  title: Title
}

export interface Fact {
  value: number | string
  unit: string
}

export interface Case {
  id: string
  number: string
  status: Status
  kind: string
  camera_id: string
  camera_name: string
  zone: string
  started_s: number
  raised_s: number
  ended_s: number | null
  score: number
  box_xyxy: Box
  facts: Record<string, Fact>
  thumbnail: string | null
  reason: string | null
  version: number
}

export type Counts = Record<Status, number>

export interface CasePage {
  items: Case[]
  total: number
  page: number
  page_size: number
  counts: Counts
}

export interface Medium {
  name: string
  role: string
  url: string
  media_type: string
  bytes: number
  taken_s?: number | null
  from_s?: number | null
  to_s?: number | null
  codec?: string | null
  viewing_copy_of?: string | null
}

export interface HistoryLine {
  at_s: number
  actor: string
  action: "raised" | "ended" | "confirmed" | "rejected" | "reopened"
  reason: string | null
  note: string | null
}

export interface Schedule {
  hours: string[]
  exceptions: string[]
  timezone: string
}

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
