/** How a camera is doing, in one word and one colour. */
import type { CameraRow } from "@/api/camera_types"
import { type Key, t } from "@/i18n"
import { clock, shortTime } from "./time"

export interface Health {
  key: Key
  tone: "good" | "waiting" | "bad" | "off"
}

const TONES = { live: "good", connecting: "waiting", retrying: "bad", stopped: "off", ended: "off" } as const

export function healthOf({ enabled, problem, status }: CameraRow): Health {
  if (problem) return { key: "state.unknown", tone: "bad" }
  if (!enabled) return { key: "state.disabled", tone: "off" }
  if (!status) return { key: "state.unknown", tone: "off" }
  return { key: `state.${status.state}`, tone: TONES[status.state] ?? "off" }
}

/** What is worth a look: the trouble first, else the numbers. */
export function detailsOf({ problem, status }: CameraRow, now_s: number): string[] {
  if (problem) return [problem]
  if (!status) return []
  const { error, fps, standing, last_frame_s, reconnects, judged, state } = status
  const lines: string[] = []
  if (error && state !== "live") lines.push(error)
  if (state === "live") {
    lines.push(t("cameras.speed", { fps: Number(fps.toFixed(1)) }))
    lines.push(judged ? t("cameras.standing", { n: standing }) : t("cameras.not_judged"))
  }
  if (reconnects) lines.push(t("cameras.reconnects", { n: reconnects }))
  if (last_frame_s) {
    const time = now_s - last_frame_s < 3600 ? clock(last_frame_s) : shortTime(last_frame_s, now_s)
    lines.push(t("cameras.last_frame", { time }))
  }
  return lines
}
