/** One's own account, all accounts, and the audit log. */
import { getJson, sendJson } from "./client"
import type { Duty, Role, Title } from "./types"
import type { AccountView, AuditVerdictView, EnrolmentView, FactorView, LoginView, TokenView } from "./schema"

export type Login = LoginView
export type Factor = FactorView
export type Enrolment = EnrolmentView
export type Token = TokenView
export type Account = AccountView

export interface RoleView {
  name: Role
  title: Title
  duties: Duty[]
  sees_cases: boolean
  sees_cameras: boolean
  second_factor_wanted: boolean
  granted_here: boolean
}

export interface AuditLine {
  seq: number
  at_s: number
  actor: string
  via: string
  address: string
  action: string
  outcome: "done" | "refused" | "failed"
  subject: string
  more: Record<string, string>
}

export type AuditVerdict = AuditVerdictView

interface RecoveryCodes {
  recovery_codes: string[]
}

export const listLogins = () => getJson<Login[]>("/api/sessions")
export const endLogin = (id: string) => sendJson<void>("DELETE", `/api/sessions/${id}`)

export const showFactor = () => getJson<Factor>("/api/second-factor")
export const beginFactor = (password: string) =>
  sendJson<Enrolment>("POST", "/api/second-factor", { password })
export const confirmFactor = (code: string) =>
  sendJson<RecoveryCodes>("POST", "/api/second-factor/confirm", { code })
export const checkFactor = (code: string) =>
  sendJson<void>("POST", "/api/second-factor/check", { code })
export const renewCodes = (code: string) =>
  sendJson<RecoveryCodes>("POST", "/api/second-factor/recovery-codes", { code })
export const removeFactor = (password: string, code: string) =>
  sendJson<void>("POST", "/api/second-factor/remove", { password, code })

export const listTokens = () => getJson<Token[]>("/api/tokens")
export const issueToken = (name: string, scopes: string[], days: number) =>
  sendJson<Token & { token: string }>("POST", "/api/tokens", { name, scopes, days })
export const revokeToken = (name: string) =>
  sendJson<void>("DELETE", `/api/tokens/${encodeURIComponent(name)}`)

const of = (username: string) => `/api/accounts/${encodeURIComponent(username)}`

export const listRoles = () => getJson<RoleView[]>("/api/roles")
export const listAccounts = () => getJson<Account[]>("/api/accounts")
export const addAccount = (username: string, role: Role, display_name: string) =>
  sendJson<{ username: string; password: string }>("POST", "/api/accounts", {
    username,
    role,
    display_name,
  })
export const changeAccount = (
  username: string,
  change: { role?: Role; display_name?: string; disabled?: boolean },
) => sendJson<Account>("PATCH", of(username), change)
export const resetPassword = (username: string) =>
  sendJson<{ username: string; password: string }>("POST", `${of(username)}/password`)
export const unlock = (username: string) => sendJson<void>("POST", `${of(username)}/unlock`)
export const dropFactor = (username: string) =>
  sendJson<void>("DELETE", `${of(username)}/second-factor`)

export const listAudit = (query: Record<string, string>) =>
  getJson<{ items: AuditLine[]; next_cursor: number | null }>(
    `/api/audit?${new URLSearchParams(query).toString()}`,
  )
export const verifyAudit = () => getJson<AuditVerdict>("/api/audit/verify")

export const signInWays = () => getJson<{ sso: string | null }>("/api/sign-in")
