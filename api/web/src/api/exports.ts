/** Exports: files that are made for a reason, which the server writes down. */
import type { CaseFilter } from "./cases"
import { type Download, Problem, sendForFile } from "./client"

export type ListFormat = "csv" | "xlsx"
const MOST_TRIES = 6

/** The archive of a case; waits while its masked copies are made. */
export async function exportCase(id: string, reason: string): Promise<Download> {
  for (let tries = 1; ; tries++) {
    try {
      return await sendForFile(`/api/cases/${encodeURIComponent(id)}/export`, { reason })
    } catch (error) {
      const making = error instanceof Problem && error.kind === "masking"
      if (!making || tries === MOST_TRIES) throw error
      await new Promise((done) => setTimeout(done, (error.retryAfter_s ?? 1) * 1000))
    }
  }
}

/** A list of the cases that match, as the desk filters them. */
export function exportList(
  wanted: CaseFilter,
  format: ListFormat,
  language: string,
  reason: string,
): Promise<Download> {
  const filter = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value))
  return sendForFile("/api/exports/cases", { reason, format, language, filter })
}
