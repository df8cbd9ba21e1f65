/** Masked copies, looks at originals, holds, and the standing of cameras. */
import { getJson, sendBytes, sendJson } from "./client"
import type { CopiesView, CopyView, CustodyView } from "./schema"

export type MaskedCopy = CopyView
export type Copies = CopiesView

export interface Look {
  id: number
  at_s: number
  until_s: number
  actor: string
  file: string
  reason: string
}

export type Custody = CustodyView

export const POINTS = [
  "legal_review", "technical_review", "clock_check", "sign_photo", "published_at",
] as const
export type StandingFields = Record<
  (typeof POINTS)[number] | "legal_review_until" | "technical_review_until" | "clock_check_until",
  string
>

export interface Standing {
  standing: StandingFields
  points: { need: string; zh: string; state: "met" | "missing" | "later" | "expired" }[]
  full: boolean
  photo: string | null
  noted: boolean
  history: { at_s: number; actor: string; reason: string; points: Record<string, [string, string]> }[]
}

/** The name under which all of a packet is asked for. */
export const PACKET = "packet.zip"

const at = (id: string) => `/api/cases/${encodeURIComponent(id)}`
const camera = (id: string) => `/api/cameras/${encodeURIComponent(id)}/standing`

export const getCopies = (id: string, signal?: AbortSignal) =>
  getJson<Copies>(`${at(id)}/copies`, signal)

export const beginLook = (id: string, file: string, reason: string) =>
  sendJson<Look & { url: string }>("POST", `${at(id)}/looks`, { file, reason })

export const listLooks = (id: string) => getJson<{ looks: Look[]; ok: boolean }>(`${at(id)}/looks`)

export const getCustody = (id: string) => getJson<Custody>(`${at(id)}/custody`)

export const setHold = (id: string, holds: boolean, reason: string) =>
  sendJson<Custody>("POST", `${at(id)}/custody/${holds ? "hold" : "release"}`, { reason })

export const getStanding = (id: string) => getJson<Standing>(camera(id))

export const putStanding = (id: string, fields: StandingFields, note: string) =>
  sendJson<Standing>("PUT", camera(id), { ...fields, note })

export const sendSignPhoto = (id: string, photo: Blob) =>
  sendBytes<Standing>(`${camera(id)}/sign-photo`, photo)
