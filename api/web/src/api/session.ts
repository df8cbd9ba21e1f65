import { getJson, sendJson } from "./client"
import type { User } from "./types"

export const whoAmI = () => getJson<User>("/api/session")

export const signIn = (username: string, password: string, code?: string) =>
  sendJson<User>("POST", "/api/session", { username, password, ...(code ? { code } : {}) })

export const signOut = () => sendJson<void>("DELETE", "/api/session")

export const changePassword = (old: string, fresh: string) =>
  sendJson<void>("POST", "/api/session/password", { old, new: fresh })
