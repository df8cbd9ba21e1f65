/** What the evidence of a case has for each tab, and why something is missing. */
import type { CaseDetail, Medium } from "@/api/types"
import type { Language } from "@/i18n"
import { shownCopy } from "./boxes"

export const ROLES = [
  "arrival_clip",
  "standing_clip",
  "start_panorama",
  "later_panorama",
  "close_up",
  "plate",
] as const
export type EvidenceRole = (typeof ROLES)[number]

export interface EvidenceTab {
  role: EvidenceRole
  /** What is shown: the viewing copy of a clip that browsers cannot play. */
  shown: Medium | null
  original: Medium | null
  /** Why there is nothing, or what is wrong with it. */
  reason: string | null
}

export function evidenceTabs({ media, missing }: Pick<CaseDetail, "media" | "missing">) {
  // A plate that was not read is told among the facts: most cases have no picture of one.
  const roles = ROLES.filter((role) => role !== "plate" || media.some((m) => m.role === role))
  return roles.map((role): EvidenceTab => {
    const original = media.find((medium) => medium.role === role) ?? null
    const reason = missing.find((part) => part.role === role)?.reason ?? null
    return { role, original, shown: original && shownCopy(media, original), reason }
  })
}

/** Reasons that are always worded so, in Chinese. */
const REASONS_ZH: Record<string, string> = {
  "it came hours before it was clear that it would stay, and no clip was kept":
    "到来时还不能判断会长期停放，视频未保留",
  "the camera gives single pictures, no film": "该摄像机只提供照片，没有视频",
  "the camera was not connected": "摄像机当时未连接",
  "it was not recorded": "未录制",
}

/** Why something is missing, as far as possible in the language of the desk. */
export function reasonIn(language: Language, reason: string): string {
  return language === "zh" ? (REASONS_ZH[reason] ?? reason) : reason
}

/** The first tab that has something to show. */
export function firstShown(tabs: readonly EvidenceTab[]): number {
  return Math.max(0, tabs.findIndex((tab) => tab.shown !== null))
}

export const isClip = (medium: Medium) => medium.media_type.startsWith("video/")

/** A still that stands for a tab: its own, or for a clip the panorama of about that time. */
export function previewOf(tabs: readonly EvidenceTab[], { role, shown }: EvidenceTab) {
  if (!shown) return null
  if (!isClip(shown)) return shown.url
  const like = role === "arrival_clip" ? "start_panorama" : "later_panorama"
  return tabs.find((tab) => tab.role === like)?.shown?.url ?? null
}
