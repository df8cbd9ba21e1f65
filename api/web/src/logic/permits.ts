/** Permits as texts: lists in boxes, times as officers read them. */
import type { Terms } from "@/api/follow_up"
import { TIMEZONE, dateTime } from "./time"

export const EMPTY: Terms = {
  title: "",
  kind: "plate",
  plates: [],
  kinds: [],
  cameras: [],
  zones: [],
  from_s: null,
  to_s: null,
  hours: [],
  exceptions: [],
  effect: "suppress",
  note: "",
}

/** The parts of a list that somebody wrote, in any of the usual separators. */
export function parts(text: string): string[] {
  return text
    .split(/[;；、\n|]+/)
    .map((part) => part.trim())
    .filter(Boolean)
}

/** Whole plates, as they are kept: 浙F·12345 is 浙F12345. */
export function plates(text: string): string[] {
  return parts(text.replace(/[,，]/g, ";")).map((one) => one.replace(/[\s·.•-]/g, "").toUpperCase())
}

/** 2026-01-31 18:00, as it is written into a box; "" where there is none. */
export function written(utc_s: number | null): string {
  return utc_s === null ? "" : dateTime(utc_s).slice(0, 16)
}

/** UTC seconds of a time in a box, null for an empty one, NaN for what is none. */
export function moment(text: string): number | null {
  const trimmed = text.trim()
  if (!trimmed) return null
  const found = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(trimmed)
  if (!found) return NaN
  return Date.parse(`${found[1]}T${found[2] ?? "00:00"}:00${OFFSET}`) / 1000
}

/** Pinghu's clock has had no summer time since 1991. */
const OFFSET = TIMEZONE === "Asia/Shanghai" ? "+08:00" : "Z"

const ZH: [RegExp, string][] = [
  [/a permit for plates needs plates/, "车辆许可须填写车牌"],
  [/say whom it is for: .*/, "须填写车牌、违规类别、摄像机或区域中的至少一项"],
  [/to_s must be later than from_s/, "结束须晚于开始"],
  [/exceptions need hours/, "填写例外日期须先填写时段"],
  [/(opening hours|exception) '(.*)' (is|are) not understood.*/, "“$2”无法识别，请写成 daily 18:00-23:00 或 2026-10-01 off"],
  [/kinds: there is no kind '(.*)'/, "没有“$1”这一违规类别"],
  [/'(.*)' is no time: .*/, "“$1”不是时间，请写成 2026-01-31 或 2026-01-31 18:00"],
  [/there is no permit in this file/, "文件中没有许可"],
  [/the first row must have the headings.*/, "首行须为表头，且须有“名称”一列"],
  [/this is (no Excel file|neither an Excel file).*/, "文件既不是 Excel（.xlsx），也不是 UTF-8 或 GB 18030 编码的 CSV"],
]

/** What the server says of a permit, in the desk's language. */
export function inWords(message: string, language: "zh" | "en"): string {
  if (language === "en") return message
  return ZH.reduce((text, [pattern, words]) => text.replace(pattern, words), message)
}
