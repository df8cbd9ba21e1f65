import type { Point, Schedule } from "./types"

/** Why a picture is not judged. */
export type Reason = "covered" | "frozen" | "dark" | "glare" | "fog" | "blurred" | "moved"

/** Seconds judged and lost; `ratio` is null while no time has passed. */
export interface Coverage {
  ratio: number | null
  judged_s: number
  total_s: number
  lost_s: Record<string, number>
}

/** How a camera is doing; a node of an older release tells nothing of its coverage. */
export interface CameraStatus {
  state: "connecting" | "live" | "retrying" | "stopped" | "ended"
  since_s: number
  last_frame_s: number | null
  looks: number
  fps: number
  size_wh: [number, number] | null
  codec: string | null
  reconnects: number
  error: string | null
  drops: Record<string, number>
  standing: number
  judged: boolean
  reason?: Reason | ""
  unjudged_since_s?: number | null
  coverage?: Coverage
  coverage_day?: Coverage
}

/** A camera in the list. */
export interface CameraRow {
  id: string
  name: string
  location: string
  uri: string
  enabled: boolean
  status: CameraStatus | null
  snapshot: string
  zones: number
  rules: number
  problem: string | null
}

export interface ZoneConfig {
  name: string
  kind: string
  polygon: Point[]
  schedule?: Schedule | null
}

export interface RuleConfig {
  kind: string
  zone: string
  dwell_s: number | null
  min_count: number | null
  schedule?: Schedule | null
  enabled: boolean
}

/** A camera's whole configuration, as it is put; what the desk does not edit is kept. */
export interface CameraConfig {
  id: string
  name: string
  uri: string
  look_uri: string | null
  location: string
  device_number: string
  latitude: number | null
  longitude: number | null
  look_interval_s: number
  transport: "tcp" | "udp"
  timeout_s: number
  loop: boolean
  enabled: boolean
  standing?: Record<string, string> | null
  zones: ZoneConfig[]
  rules: RuleConfig[]
}

export type CameraView = CameraConfig & { status: CameraStatus | null }
