/** Times as officers read them: Pinghu's clock, to the second. Input is UTC seconds. */

export const TIMEZONE = "Asia/Shanghai"

const FORMAT = new Intl.DateTimeFormat("en-CA", {
  timeZone: TIMEZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
})

function parts(utc_s: number): Record<string, string> {
  return Object.fromEntries(FORMAT.formatToParts(utc_s * 1000).map((p) => [p.type, p.value]))
}

/** 2026-11-24 10:13:20 */
export function dateTime(utc_s: number): string {
  const p = parts(utc_s)
  return `${p["year"]}-${p["month"]}-${p["day"]} ${p["hour"]}:${p["minute"]}:${p["second"]}`
}

/** 10:13:20 */
export function clock(utc_s: number): string {
  return dateTime(utc_s).slice(11)
}

/** 10:13:20 today, 11-23 10:13:20 this year, the whole date otherwise. */
export function shortTime(utc_s: number, now_s: number): string {
  const [then, now] = [dateTime(utc_s), dateTime(now_s)]
  if (then.slice(0, 10) === now.slice(0, 10)) return then.slice(11)
  return then.slice(0, 4) === now.slice(0, 4) ? then.slice(5) : then
}

/** A time in a clip: 0:07, 12:05. */
export function position(s: number): string {
  const whole = Math.max(0, Math.floor(s))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`
}

const UNITS: Record<"zh" | "en", [string, string, string, string]> = {
  zh: [" 天", " 小时", " 分", " 秒"],
  en: [" d", " h", " min", " s"],
}

/** A length of time, at most two units: 5 min 20 s, 2 d 3 h. */
export function duration(s: number, language: "zh" | "en"): string {
  if (s < 10 && s % 1) return `${s.toFixed(1)}${UNITS[language][3]}`
  const whole = Math.round(s)
  const amounts = [
    Math.floor(whole / 86400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ]
  const first = amounts.findIndex((amount) => amount > 0)
  if (first < 0) return `0${UNITS[language][3]}`
  return amounts
    .map((amount, unit) => (amount ? `${amount}${UNITS[language][unit]}` : ""))
    .slice(first, first + 2)
    .filter(Boolean)
    .join(" ")
}
