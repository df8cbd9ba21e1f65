/** The facts of a case as lines to read, with their units. */
import type { CaseDetail, Fact } from "@/api/types"
import { type Language, t, tr } from "@/i18n"
import { dateTime, duration } from "./time"

export interface Line {
  name: string
  value: string
  title?: string
  mono?: boolean
}

/** The names that detectors give to what they find, in Chinese. */
const OBJECTS: Record<string, string> = {
  car: "小汽车",
  truck: "货车",
  bus: "客车",
  bicycle: "自行车",
  motorcycle: "摩托车",
  hanging_laundry: "晾晒衣物",
  barbecue_grill: "烧烤炉",
  smoke: "烟雾",
  street_stall: "摊位",
  rubbish_pile: "垃圾堆",
}
/** By what a vehicle is known to be the same after days. */
const IDENTITIES: Record<Language, Record<string, string>> = {
  zh: { continuity: "始终可见", appearance: "外形及位置未变", plate: "车牌一致" },
  en: { continuity: "unbroken sight", appearance: "unmoved outline", plate: "plate" },
}
const COLOURS: Record<string, string> = {
  blue: "蓝",
  yellow: "黄",
  green: "绿",
  white: "白",
  black: "黑",
}
/** What another line says already: how long it has stood, since when, and on which ground. */
const TOLD = new Set(["days_standing", "first_date", "plate_colour", "plate_signs"])
const SHARES = /_(share|likeness|confidence)$/
const DAY_S = 86400
const SHORT_HASH = 16

export function factLines(facts: Record<string, Fact>, language: Language): Line[] {
  const told = Object.entries(facts).filter(([name]) => !TOLD.has(name))
  return told.map(([name, fact]) =>
    name === "plate"
      ? plateLine(fact, facts, language)
      : { name: tr(`facts.${name}`, name), value: factValue(name, fact, language) },
  )
}

/** The plate with its colour; each sign's confidence shows on hovering. */
function plateLine(plate: Fact, facts: Record<string, Fact>, language: Language): Line {
  const colour = String(facts.plate_colour?.value ?? "")
  const told = language === "zh" ? COLOURS[colour] : colour
  const value = `${plate.value}${told ? ` (${told})` : ""}`
  return { name: t("facts.plate"), value, title: String(facts.plate_signs?.value ?? "") }
}

function factValue(name: string, { value, unit }: Fact, language: Language): string {
  if (typeof value === "string") return wordOf(name, value, language)
  if (name === "plate_not_found") return t("plate.maybe_hidden", { n: value })
  if (name === "plate_small") return t("plate.times", { n: value })
  if (unit === "s") return duration(value, language)
  if (unit === "d") return duration(value * DAY_S, language)
  if (SHARES.test(name)) return percent(value)
  return unit ? `${value} ${unit}` : String(value)
}

function wordOf(name: string, word: string, language: Language): string {
  if (name === "identity") return IDENTITIES[language][word] ?? word
  if (name === "plate_problem") return tr(`plate.${word}`, word)
  return language === "zh" ? (OBJECTS[word] ?? word) : word.replaceAll("_", " ")
}

export const percent = (share: number) => `${Math.round(share * 100)}%`

export function ruleLines({ rule }: CaseDetail, language: Language): Line[] {
  if (!rule) return []
  const hours = rule.schedule?.hours.join("; ") || t("rule.always")
  return [
    { name: t("rule.dwell"), value: duration(rule.dwell_s, language) },
    { name: t("rule.min_count"), value: String(rule.min_count) },
    { name: t("rule.schedule"), value: hours },
  ]
}

export function placeLines({ camera, clock }: CaseDetail): Line[] {
  const offset = clock?.offset_s
  const lines = [
    { name: t("place.camera"), value: `${camera.name} (${camera.id})` },
    { name: t("place.location"), value: camera.location },
    { name: t("place.device"), value: camera.device_number },
    {
      name: t("place.clock"),
      value: typeof offset === "number" ? `${offset.toFixed(2)} s` : t("place.clock_unknown"),
      title: clock?.note ?? "",
    },
  ]
  return lines.filter((line) => line.value)
}

export function modelLines({ model }: CaseDetail): Line[] {
  if (!model) return []
  return [
    { name: t("model.name"), value: model.name },
    { name: t("model.backend"), value: model.backend },
    { name: t("model.sha"), value: short(model.sha256), title: model.sha256, mono: true },
  ]
}

export const short = (hash: string) => `${hash.slice(0, SHORT_HASH)}…`

export function caseLines(detail: CaseDetail, kind: string, language: Language): Line[] {
  const lines: Line[] = [
    { name: t("facts.kind"), value: kind },
    { name: t("facts.zone"), value: detail.zone },
    { name: t("facts.started"), value: dateTime(detail.started_s) },
    { name: t("facts.raised"), value: dateTime(detail.raised_s) },
  ]
  if (detail.ended_s !== null)
    lines.push({ name: t("facts.ended"), value: dateTime(detail.ended_s) })
  lines.push(...factLines(detail.facts, language))
  return [...lines, { name: t("case.score"), value: percent(detail.score) }]
}
