/** What went wrong, in the officer's language. */
import { Problem } from "@/api/client"
import { type Key, t } from "@/i18n"

const BY_KIND: Record<string, Key> = {
  network: "error.network",
  role: "error.role",
  code: "sign_in.code_wrong",
  credentials: "password.wrong",
  stale: "error.stale",
  not_possible: "error.not_possible",
  standing: "error.standing",
  unavailable: "error.unavailable",
  defect: "error.defect",
  too_many: "export.too_many",
  not_masked: "export.not_masked",
  masking: "export.masking",
}

export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return t("error.other", { detail: String(error) })
  const key = BY_KIND[error.kind]
  if (key) return t(key)
  if (error.status === 429) return t("sign_in.throttled", { n: error.retryAfter_s ?? 60 })
  if (error.status === 404) return t("error.not_found")
  const known = error.status === 422 ? "error.invalid" : "error.other"
  return t(known, { detail: error.detail })
}
