/** Lines of the audit log in the reader's language; what is not known is shown as it is. */
import type { AuditLine } from "@/api/account"
import { t, tr } from "@/i18n"

export const actionName = (action: string) => tr(`act.${action}`, action)

/** account:wang as 账户 wang. */
export function subjectName(subject: string): string {
  const [kind = "", name] = split(subject, ":")
  const known = tr(`subject.${kind}`, "")
  return known && name ? `${known} ${name === "?" ? t("audit.unknown") : name}` : subject
}

/** By what way: a browser, a token by its name. */
export function viaName(via: string): string {
  const [kind = "", name = ""] = split(via, " ")
  return `${tr(`via.${kind}`, kind)} ${name}`.trim()
}

export function whoName(line: AuditLine): string {
  return line.actor || t(line.via === "program" ? "audit.program" : "audit.nobody")
}

export function details(line: AuditLine): string {
  return Object.entries(line.more)
    .map(([key, value]) => `${tr(`more.${key}`, key)}: ${tr(`role.${value}`, value)}`)
    .join(" · ")
}

function split(text: string, sign: string): [string, string?] {
  const place = text.indexOf(sign)
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)]
}
