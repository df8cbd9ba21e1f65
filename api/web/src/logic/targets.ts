/** What a target of each kind is set up with. */
import type { TargetKind } from "@/api/outbound"

/** Where to begin, by kind; docs/integrations.md has all keys. */
export const TEMPLATES: Record<TargetKind, Record<string, unknown>> = {
  webhook: { url: "https://", body: "event", actions: [] },
  mqtt: { host: "", port: 8883, tls: true, username: "skyeye", prefix: "skyeye" },
  platform: { url: "https://", mapping: "reference", duties: ["dispatcher", "handler", "checker"] },
  viid: { url: "https://", device_id: "", username: "" },
}

/** The settings in a text, with their kind; null for what is no JSON object. */
export function readSettings(kind: TargetKind, text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
    return isObject ? { ...value, kind } : null
  } catch {
    return null
  }
}
