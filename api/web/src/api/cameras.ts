import type { CameraConfig, CameraRow, CameraView } from "./camera_types"
import { getJson, getText, sendJson, sendText } from "./client"

const at = (id: string) => `/api/cameras/${encodeURIComponent(id)}`

export const listCameras = () => getJson<CameraRow[]>("/api/cameras")

export const getCamera = (id: string) => getJson<CameraView>(at(id))

export const putCamera = (camera: CameraConfig) =>
  sendJson<CameraView>("PUT", at(camera.id), camera)

export const deleteCamera = (id: string) => sendJson<void>("DELETE", at(id))

export const getToml = (id: string) => getText(`${at(id)}/toml`)

export const importToml = (text: string) => sendText<CameraView>("/api/cameras/import", text)

/** The latest picture; `turn` makes the browser ask again. */
export const snapshotUrl = (id: string, turn = 0) => `${at(id)}/snapshot.jpg?t=${turn}`
