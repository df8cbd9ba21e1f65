import { describe, expect, it, vi } from "vitest"

import type { CameraRow, CameraStatus } from "@/api/camera_types"
import { detailsOf, healthOf } from "./camera_state"

vi.mock("@/i18n", () => ({ t: (key: string, values = {}) => [key, ...Object.values(values)].join(" ") }))
vi.mock("./time", () => ({ clock: () => "10:00", shortTime: () => "1 Jan" }))

const NOW_S = 1_800_000_000

function camera(status: Partial<CameraStatus>): CameraRow {
  const live = { state: "live", fps: 1, standing: 2, judged: true, reason: "", reconnects: 0, last_frame_s: NOW_S }
  return { enabled: true, problem: null, status: { ...live, ...status } } as CameraRow
}

describe("a camera in the list", () => {
  it("tells why its picture is not judged, and since when", () => {
    const covered = camera({ judged: false, reason: "covered", unjudged_since_s: NOW_S - 60 })
    expect(healthOf(covered)).toEqual({ key: "unjudged.covered", tone: "bad" })
    expect(detailsOf(covered, NOW_S)).toHaveLength(3)
  })

  it("is live while its picture is judged, or waits for analysis", () => {
    expect(healthOf(camera({})).key).toBe("state.live")
    expect(healthOf(camera({ judged: false })).key).toBe("state.live")
  })

  it("is as its connection is while that is down", () => {
    expect(healthOf(camera({ state: "retrying", judged: false, reason: "dark" })).key).toBe("state.retrying")
  })

  it("never calls lost time whole coverage", () => {
    const covered = { ratio: 0.99996, judged_s: 99, total_s: 99, lost_s: {} }
    expect(detailsOf(camera({ coverage_day: covered }), NOW_S).join()).toContain("99.9")
    expect(detailsOf(camera({ coverage_day: { ...covered, ratio: null } }), NOW_S)).toHaveLength(3)
  })
})
