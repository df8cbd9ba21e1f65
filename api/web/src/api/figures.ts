/** Key figures, and the cases behind them. */
import { getJson } from "./client"
import type { Title } from "./types"
import type { PartView } from "./schema"

/** Which cases count; an empty text means all. */
export interface FigureFilter {
  days: number
  kind: string
  camera_id: string
}

/** A share of cases; `rate` is null where there is nothing to divide by. */
export type Share = PartView

export interface Figure extends Share, Title {
  numerator_set: string
  denominator_set: string
}

export type Part = "numerator" | "denominator"
export type By = "kind" | "camera_id"

const DAY_S = 86400

function query(filter: FigureFilter, more: Record<string, string> = {}): URLSearchParams {
  const told = new URLSearchParams(more)
  told.set("from_s", String(Math.floor(Date.now() / 1000 - filter.days * DAY_S)))
  if (filter.kind) told.set("kind", filter.kind)
  if (filter.camera_id) told.set("camera_id", filter.camera_id)
  return told
}

const at = (name: string) => `/api/kpis/${encodeURIComponent(name)}`

export const listFigures = (filter: FigureFilter, signal?: AbortSignal) =>
  getJson<Figure[]>(`/api/kpis?${query(filter)}`, signal)

export const listFigureCases = (name: string, part: Part, filter: FigureFilter) =>
  getJson<string[]>(`${at(name)}/cases?${query(filter, { part })}`)

export const breakDown = (name: string, by: By, filter: FigureFilter, signal?: AbortSignal) =>
  getJson<Share[]>(`${at(name)}/breakdown?${query(filter, { by })}`, signal)
