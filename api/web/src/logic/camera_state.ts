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
  const { state, judged, reason } = status
  if (state === "live" && !judged && reason) return { key: `unjudged.${reason}`, tone: "bad" }
  return { key: `state.${state}`, tone: TONES[state] ?? "off" }
}

/** What is worth a look: the trouble first, else the numbers. */
export function detailsOf({ problem, status }: CameraRow, now_s: number): string[] {
  if (problem) return [problem]
  if (!status) return []
  const { error, fps, standing, last_frame_s, reconnects, judged, reason, state } = status
  const lines: string[] = []
  if (error && state !== "live") lines.push(error)
  if (state === "live") {
    lines.push(t("cameras.speed", { fps: Number(fps.toFixed(1)) }))
    if (judged) lines.push(t("cameras.standing", { n: standing }))
    else if (!reason) lines.push(t("cameras.not_judged"))
    else if (status.unjudged_since_s)
      lines.push(t("cameras.unjudged_since", { time: moment(status.unjudged_since_s, now_s) }))
  }
  const ratio = status.coverage_day?.ratio
  if (typeof ratio === "number") lines.push(t("cameras.coverage", { share: share(ratio) }))
  if (reconnects) lines.push(t("cameras.reconnects", { n: reconnects }))
  if (last_frame_s) lines.push(t("cameras.last_frame", { time: moment(last_frame_s, now_s) }))
  return lines
}

function moment(time_s: number, now_s: number): string {
  return now_s - time_s < 3600 ? clock(time_s) : shortTime(time_s, now_s)
}

/** Rounded down, so that only whole coverage is called 100. */
function share(ratio: number): number {
  return Math.floor(ratio * 1000) / 10
}
