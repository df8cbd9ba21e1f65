/** The API's shapes. Written by `python -m api.http.web_types`: do not edit by hand. */

export interface AccountChange {
  role?: Role | null
  display_name?: string | null
  disabled?: boolean | null
}

export interface AccountView {
  username: string
  display_name: string
  role: Role
  created_s: number
  disabled_s: number | null
  second_factor: boolean
  second_factor_wanted: boolean
  locked_for_s: number
  tokens: TokenView[]
}

export type Action = "file" | "reject" | "merge" | "dispatch" | "accept" | "report" | "check" | "close" | "return" | "request_extension" | "approve_extension" | "deny_extension" | "request_suspension" | "approve_suspension" | "deny_suspension" | "resume" | "propose_penalty" | "approve_penalty" | "decline_penalty" | "reopen" | "void" | "remind" | "look_again" | "correct" | "escalate"

export interface ActionBody {
  action: Action
  note?: string | null
  reason?: string | null
  assignee?: string | null
  amount?: number | null
  into?: string | null
  conditions?: string[]
}

export interface ActionView {
  action: Action
  needs: ("note" | "reason" | "assignee" | "amount" | "into")[]
  may: "conditions"[]
}

export interface AfterPhotoView {
  name: string
  role: "after_panorama" | "after_close_up"
  url: string
  taken_s: number
}

export interface AuditLineView {
  seq: number
  at_s: number
  actor: string
  via: string
  address: string
  action: string
  outcome: api__audit__Outcome
  subject: string
  more: Record<string, string>
  previous: string
  hash: string
}

export interface AuditPage {
  items: AuditLineView[]
  next_cursor: number | null
}

export interface AuditVerdictView {
  ok: boolean
  lines: number
  head: string
  problems: string[]
}

export interface Camera {
  id: string
  name: string
  uri: string
  look_uri?: string | null
  location?: string
  device_number?: string
  latitude?: number | null
  longitude?: number | null
  look_interval_s?: number
  max_look_interval_s?: number | null
  transport?: "tcp" | "udp"
  timeout_s?: number
  frozen_after_s?: number
  warn_after_s?: number
  preroll_bytes?: number
  loop?: boolean
  enabled?: boolean
  standing?: StandingConfig | null
  zones?: ZoneConfig[]
  rules?: RuleConfig[]
  ground?: GroundPointConfig[]
}

export interface CameraFactsView {
  id: string
  name: string
  location?: string
  device_number?: string
}

export interface CameraRow {
  id: string
  name: string
  location?: string
  uri?: string
  enabled?: boolean
  status: Record<string, unknown> | null
  snapshot: string
  zones?: number
  rules?: number
  problem?: string | null
}

export interface CameraView {
  id: string
  name: string
  uri: string
  look_uri?: string | null
  location?: string
  device_number?: string
  latitude?: number | null
  longitude?: number | null
  look_interval_s?: number
  max_look_interval_s?: number | null
  transport?: "tcp" | "udp"
  timeout_s?: number
  frozen_after_s?: number
  warn_after_s?: number
  preroll_bytes?: number
  loop?: boolean
  enabled?: boolean
  standing?: StandingConfig | null
  zones?: ZoneConfig[]
  rules?: RuleConfig[]
  ground?: GroundPointConfig[]
  status: Record<string, unknown> | null
}

export interface CaseDetail {
  id: string
  number: string
  status: State
  kind: string
  camera_id: string
  camera_name: string
  zone: string
  started_s: number
  raised_s: number
  ended_s: number | null
  score: number
  box_xyxy: [number, number, number, number]
  facts: Record<string, FactPart>
  thumbnail: string | null
  reason: string | null
  version: number
  code_scheme: string | null
  code: string | null
  department: string | null
  assignee: string | null
  due_s: number | null
  light: "running" | "warned" | "overdue" | "paused" | "met" | "missed" | null
  picture_wh?: [number, number] | null
  boxes?: [number, [number, number, number, number]][]
  zone_polygon?: [number, number][]
  rule?: streams__evidence__manifest__RulePart | null
  model?: ModelPart | null
  clock?: ClockPart | null
  camera: CameraFactsView
  media?: MediaView[]
  missing?: MissingView[]
  manifest_sha256: string
  history: HistoryView[]
  chain: ChainView
  deadlines: DeadlineView[]
  actions: ActionView[]
  conditions: ConditionsView[]
  suspended: boolean
  request: RequestView | null
  penalty_proposed_by: string | null
  penalised_by: [string, string] | null
  merged_into: string | null
}

export interface CaseFilter {
  status?: State | null
  overdue?: boolean | null
  assignee?: string | null
  kind?: string | null
  camera_id?: string | null
  from_s?: number | null
  to_s?: number | null
  q?: string | null
  sort?: "raised_s" | "-raised_s" | "started_s" | "-started_s" | "number" | "-number" | "score" | "-score"
}

export interface CasePage {
  items: CaseView[]
  total: number
  page: number
  page_size: number
  counts: Counts
  next: string | null
}

export interface CaseView {
  id: string
  number: string
  status: State
  kind: string
  camera_id: string
  camera_name: string
  zone: string
  started_s: number
  raised_s: number
  ended_s: number | null
  score: number
  box_xyxy: [number, number, number, number]
  facts: Record<string, FactPart>
  thumbnail: string | null
  reason: string | null
  version: number
  code_scheme: string | null
  code: string | null
  department: string | null
  assignee: string | null
  due_s: number | null
  light: "running" | "warned" | "overdue" | "paused" | "met" | "missed" | null
}

export interface Certificate {
  format: "skyeye.purge/1"
  algorithm: "Ed25519"
  key_id: string
  public_key: string
  sequence: number
  previous_sha256: string | null
  purged_at: number
  by: string
  rule: streams__evidence__certificate__RulePart
  case_id: string
  case_number: string
  packet: string
  manifest_sha256: string
  sound: boolean
  sealed_at: number | null
  chain: ChainPart | null
  files: Record<string, GonePart>
  copies: Record<string, GonePart>
  signature: string
}

export interface ChainPart {
  id: string
  sequence: number
  previous_sha256: string | null
}

export interface ChainView {
  ok: boolean
  lines: number
  problems: string[]
}

export interface ClauseResult {
  check: string
  zh: string
  en: string
  confirmed: boolean
  met: boolean
  why_zh: string
  why_en: string
}

export interface ClockPart {
  source: string
  offset_s: number | null
  note: string
  measured_s?: number | null
  error_s?: number | null
  timezone: string
}

export interface CodeProof {
  code: string
}

export type Colour = "green" | "yellow" | "red"

export interface ConditionView {
  name: string
  title: TitleView
}

export interface ConditionsView {
  at_s: number
  actor: string
  action: Action
  names: string[]
}

export interface CopiesView {
  state: "ready" | "making" | "unavailable"
  problem: string | null
  maker: string | null
  made_s: number | null
  files: Record<string, CopyView>
}

export interface CopyView {
  heads: number
  plates: number
  guessed: number
  kept: number
  withheld: string
}

export interface CountView {
  count: number
}

export interface Counts {
  lead: number
  filed: number
  dispatched: number
  handling: number
  reported: number
  checked: number
  closed: number
  rejected: number
  merged: number
  voided: number
}

export interface CoverView {
  id: string
  title: string
  effect: "suppress" | "mark"
  version: number
}

export interface Credentials {
  username: string
  password: string
  code?: string | null
}

export interface CustodyView {
  due_s: number | null
  hold: HoldView | null
  purge: PurgeView | null
}

export interface DeadLetterView {
  cursor: number
  case_id: string
  number: string
  seq: number
  action: string
  reason: "refused" | "expired" | "behind"
  error: string
  tries: number
  died_s: number
  replay_s: number | null
}

export interface DeadlineView {
  phase: Phase
  round: number
  amount: number
  unit: Unit
  extra: number
  started_s: number
  warn_s: number | null
  due_s: number | null
  met_s: number | null
  pauses: ([number, number | null])[]
  assumed_years: number[]
  light: "running" | "warned" | "overdue" | "paused" | "met" | "missed"
}

export interface DuplicateBody {
  verdict: "dismissed"
}

export interface DuplicateView {
  id: string
  number: string
  status: State
  camera_name: string
  raised_s: number
  thumbnail: string | null
  verdict: "merged" | "proposed" | "dismissed"
  metres: number | null
  seconds: number | null
  same_plate: boolean
  by: string
}

export type Duty = "reviewer" | "dispatcher" | "handler" | "checker" | "legal" | "admin" | "auditor" | "camera_admin" | "machine" | "system_admin" | "security_admin"

export interface EarlierView {
  id: string
  number: string
  kind: string
  camera_name: string
  raised_s: number
  status: State
}

export type Effect = "suppress" | "mark"

export interface EnrolmentView {
  secret: string
  uri: string
  qr: string
}

export interface EvidenceVerdict {
  ok: boolean
  problems: string[]
  notes: string[]
  manifest_sha256: string | null
  signed_by?: string | null
}

export interface ExportBody {
  reason: string
}

export interface FactPart {
  value: number | string
  unit: string
}

export interface FactorView {
  confirmed: boolean
  wanted: boolean
  recovery_codes_left: number
}

export interface FeedCase {
  id: string
  number: string
  status: State
  version: number
  kind: string
  camera_id: string
  camera_name: string
  zone: string
  score: number
  box_xyxy: [number, number, number, number]
  facts: Record<string, FactPart>
  reason: string | null
  code_scheme: string | null
  code_version: string | null
  code: string | null
  department: string | null
  assignee: string | null
  started_at: string
  raised_at: string
  ended_at: string | null
  due_at: string | null
}

export interface FeedData {
  case: FeedCase
  event: FeedLine
}

export interface FeedEvent {
  cursor: number
  version: number
  id: string
  type: string
  timestamp: string
  data: FeedData
}

export interface FeedLine {
  seq: number
  actor: string
  action: Action | Happening
  state: State
  reason: string | null
  note: string | null
  more: Record<string, string>
  at: string
  hash: string
}

export interface FeedPage {
  events: FeedEvent[]
  next: number
  more: boolean
}

export interface FlawView {
  row: number
  message: string
}

export interface FollowUpView {
  subject: SubjectView | null
  subject_kinds: ("plate" | "shop" | "place")[]
  notice: NoticeView | null
  looks: api__follow_up__views__LookView[]
  wait_s: number
  original: DuplicateView | null
  duplicates: DuplicateView[]
  permits: CoverView[]
  context_version: number | null
}

export interface GonePart {
  sha256: string
  bytes: number
}

export interface GroundPointConfig {
  at: [number, number]
  latitude: number
  longitude: number
}

export type Happening = "raised" | "ended" | "held" | "released" | "purged" | "unseen" | "subject"

export interface Health {
  status: "ok" | "degraded"
  checks: Record<string, string>
}

export interface HistoryView {
  seq: number
  at_s: number
  actor: string
  action: Action | Happening
  state: State
  reason: string | null
  note: string | null
  more: Record<string, string>
  previous: string
  hash: string
}

export interface HoldBody {
  reason: string
}

export interface HoldView {
  since_s: number
  by: string
  reason: string
}

export interface IssuedToken {
  name: string
  scopes: string[]
  created_s: number
  expires_s: number | null
  used_s: number | null
  token: string
}

export interface KindView {
  name: string
  title: TitleView
  zone_kinds: string[]
  exempt_zone_kinds: string[]
  dwell_s: number
  min_count: number
  grouped: boolean
  conditions: ConditionView[]
  code_newer: string
  code_older: string
}

export interface KpiView {
  name: string
  zh: string
  en: string
  numerator_set: string
  denominator_set: string
  numerator: number
  denominator: number
  rate: number | null
}

export interface ListBody {
  reason: string
  format?: "csv" | "xlsx"
  language?: "zh" | "en"
  filter?: CaseFilter
}

export interface LoginView {
  id: string
  created_s: number
  seen_s: number
  method: string
  address: string
  agent: string
  current: boolean
}

export interface LookBody {
  file: string
  reason: string
}

export interface LooksView {
  looks: api__routes__looks__LookView[]
  ok: boolean
}

export interface MediaView {
  name: string
  role: string
  url: string
  media_type: string
  bytes: number
  taken_s?: number | null
  from_s?: number | null
  to_s?: number | null
  codec?: string | null
  viewing_copy_of?: string | null
}

export interface MissingView {
  role: string
  reason: string
}

export interface ModelPart {
  name: string
  sha256: string
  licence: string
  backend: string
}

export interface MqttSettings {
  actions?: (Action | Happening)[]
  kinds?: string[]
  give_up_days?: number
  refused_tries?: number
  timeout_s?: number
  kind: "mqtt"
  host: string
  port?: number
  tls?: boolean
  username?: string
  prefix?: string
  cameras?: boolean
}

export interface NewAccount {
  username: string
  role: Role
  display_name?: string
}

export interface NewIdentity {
  subject: string
}

export interface NewPassword {
  username: string
  password: string
}

export interface NewTargetView {
  name: string
  kind: string
  settings: WebhookSettings | MqttSettings | PlatformSettings | ViidSettings
  secrets: string[]
  state: "new" | "ok" | "failing" | "paused"
  created_s: number
  paused_s: number | null
  behind: number
  sent: number
  dead: number
  replaying: number
  last_success_s: number | null
  error: string | null
  tries: number
  failing_since_s: number | null
  next_s: number | null
  pulled_s: number | null
  pull_error: string | null
  parked: number
  signing_secret?: string | null
}

export interface NewToken {
  name: string
  scopes: string[]
  days?: number
}

export interface NoticeView {
  colour: Colour
  number: number
  lookback_days: number
  earlier: EarlierView[]
}

export interface Opened {
  id: number
  at_s: number
  until_s: number
  actor: string
  via: string
  address: string
  file: string
  sha256: string
  reason: string
  url: string
}

export interface PartView {
  name: string
  numerator: number
  denominator: number
  rate: number | null
}

export interface PasswordChange {
  old: string
  new: string
}

export interface PasswordProof {
  password: string
}

export interface PermitLineView {
  version: number
  at_s: number
  actor: string
  terms: PermitTerms | null
  hash: string
}

export interface PermitTerms {
  title: string
  kind?: "plate" | "night_market" | "loading" | "holiday" | "other"
  plates?: string[]
  kinds?: string[]
  cameras?: string[]
  zones?: string[]
  from_s?: number | null
  to_s?: number | null
  hours?: string[]
  exceptions?: string[]
  effect?: Effect
  note?: string
}

export interface PermitView {
  id: string
  version: number
  at_s: number
  actor: string
  terms: PermitTerms
}

export type Phase = "filing" | "dispatching" | "handling" | "checking"

export interface PhotoView {
  sha256: string
  url: string
  role: string
  target: string
  change_id: string
  media_type: string
  bytes: number
  received_s: number
}

export interface PlatformSettings {
  actions?: (Action | Happening)[]
  kinds?: string[]
  give_up_days?: number
  refused_tries?: number
  timeout_s?: number
  kind: "platform"
  url: string
  mapping?: string
  duties?: ("dispatcher" | "handler" | "checker")[]
  push_at?: State[]
  photos?: "masked" | "original" | "none"
  pull_every_s?: number
}

export interface PointView {
  need: string
  zh: string
  state: string
}

export interface ProfileResult {
  name: string
  zh: string
  en: string
  version: string
  met: boolean
  clauses: ClauseResult[]
}

export interface PurgeView {
  decided_s: number
  done_s: number | null
  by: string
  rule: Record<string, unknown>
  certificates: Record<string, string>
}

export interface ReasonView {
  id: string
  title: TitleView
}

export interface RecoveryView {
  recovery_codes: string[]
}

export interface RemovalProof {
  code: string
  password: string
}

export interface Reopening {
  version: number
  note?: string | null
}

export interface ReplayBody {
  case_id?: string | null
}

export interface RequestView {
  kind: "extension" | "suspension"
  by: string
  amount: number | null
}

export type Role = "viewer" | "reviewer" | "dispatcher" | "handler" | "checker" | "legal" | "auditor" | "camera_admin" | "system_admin" | "security_admin" | "officer" | "admin"

export interface RoleTitle {
  zh: string
  en: string
}

export interface RoleView {
  name: Role
  title: RoleTitle
  duties: Duty[]
  sees_cases: boolean
  sees_cameras: boolean
  second_factor_wanted: boolean
  granted_here: boolean
}

export interface RuleConfig {
  kind: string
  zone: string
  dwell_s?: number | null
  min_count?: number | null
  schedule?: ScheduleConfig | null
  enabled?: boolean
}

export interface ScheduleConfig {
  hours: string[]
  exceptions?: string[]
  timezone?: string
}

export interface SchedulePart {
  hours: string[]
  exceptions: string[]
  timezone: string
}

export interface SecretView {
  signing_secret: string
  both_days?: number
}

export interface SignInWays {
  sso: string | null
}

export interface StandingBody {
  legal_review?: string
  legal_review_until?: string
  technical_review?: string
  technical_review_until?: string
  clock_check?: string
  clock_check_until?: string
  sign_photo?: string
  published_at?: string
  note?: string
}

export interface StandingConfig {
  legal_review?: string
  legal_review_until?: string
  technical_review?: string
  technical_review_until?: string
  clock_check?: string
  clock_check_until?: string
  sign_photo?: string
  published_at?: string
}

export interface StandingView {
  standing: StandingConfig
  points: PointView[]
  full: boolean
  photo: string | null
  noted: boolean
  history: api__routes__standing__ChangeView[]
}

export type State = "lead" | "filed" | "dispatched" | "handling" | "reported" | "checked" | "closed" | "rejected" | "merged" | "voided"

export interface SubjectBody {
  kind: "plate" | "shop" | "place"
  text: string
}

export interface SubjectView {
  kind: "plate" | "shop" | "place"
  text: string
  by: string | null
}

export interface SuppressedCount {
  permit_id: string
  kind: string
  camera_id: string
  count: number
}

export interface SuppressedRow {
  violation_id: string
  permit_id: string
  kind: string
  camera_id: string
  camera_name: string
  zone: string
  plate: string
  raised_s: number
  context_version: number
}

export interface SuppressedView {
  total: number
  counts: SuppressedCount[]
  latest: SuppressedRow[]
}

export interface TableView {
  scheme: string
  version: string
  source: string
  codes: number
  in_force: boolean
}

export interface TargetBody {
  settings: WebhookSettings | MqttSettings | PlatformSettings | ViidSettings
  secrets?: Record<string, string>
  start?: "now" | "beginning"
}

export interface TargetView {
  name: string
  kind: string
  settings: WebhookSettings | MqttSettings | PlatformSettings | ViidSettings
  secrets: string[]
  state: "new" | "ok" | "failing" | "paused"
  created_s: number
  paused_s: number | null
  behind: number
  sent: number
  dead: number
  replaying: number
  last_success_s: number | null
  error: string | null
  tries: number
  failing_since_s: number | null
  next_s: number | null
  pulled_s: number | null
  pull_error: string | null
  parked: number
}

export interface TitleView {
  zh: string
  en: string
}

export interface TokenView {
  name: string
  scopes: string[]
  created_s: number
  expires_s: number | null
  used_s: number | null
}

export type Unit = "urgent_hours" | "working_hours" | "working_days" | "calendar_days"

export interface UserView {
  username: string
  role: Role
  duties: Duty[]
  display_name: string
  sees_cases: boolean
  sees_cameras: boolean
  lacks_factor: boolean
  small_office: boolean
  sso: boolean
}

export interface VerdictBody {
  version: number
  note?: string | null
  verdict: "confirmed" | "rejected"
  reason?: string | null
  conditions?: string[]
}

export interface ViidSettings {
  actions?: (Action | Happening)[]
  kinds?: string[]
  give_up_days?: number
  refused_tries?: number
  timeout_s?: number
  kind: "viid"
  url: string
  device_id: string
  username: string
  keepalive_s?: number
  photos?: "masked" | "original" | "none"
}

export interface WebhookSettings {
  actions?: (Action | Happening)[]
  kinds?: string[]
  give_up_days?: number
  refused_tries?: number
  timeout_s?: number
  kind: "webhook"
  url: string
  body?: "event" | "alarm"
}

export interface ZoneConfig {
  name: string
  kind: string
  polygon: [number, number][]
  schedule?: ScheduleConfig | null
  shop?: string
}

export interface ZonePart {
  name: string
  kind: string
  polygon: [number, number][]
  schedule: SchedulePart | null
}

export type api__audit__Outcome = "done" | "refused" | "failed"

export interface api__follow_up__views__ImportView {
  imported: number
  flaws: FlawView[]
  permits: PermitTerms[]
}

export interface api__follow_up__views__LookView {
  round: number
  action: "remind" | "look_again"
  by: string
  state: "waiting" | "asked" | "gone" | "standing" | "dropped"
  started_s: number
  due_s: number
  attempt: number
  asked_s: number | null
  reason: string
  unseen_since_s: number | null
  looked_s: number | null
  manifest_sha256: string | null
  photos: AfterPhotoView[]
}

export interface api__follow_up__views__RegisterView {
  version: number
  permits: PermitView[]
  problems: string[]
}

export type api__outbound__changes__Outcome = "applied" | "same" | "late" | "parked" | "dismissed"

export interface api__routes__changes__ChangeView {
  target: string
  change_id: string
  case_id: string | null
  external_id: string
  status: string
  at_s: number
  note: string
  operator: string
  outcome: api__outbound__changes__Outcome
  why: string
  taken_s: number
  settled_by: string | null
}

export interface api__routes__codes__ImportView {
  scheme: string
  version: string
  added: string[]
  removed: string[]
  changed: string[]
  taken: boolean
}

export interface api__routes__custody__RegisterView {
  ok: boolean
  lines: number
  head: string
  problems: string[]
}

export interface api__routes__looks__LookView {
  id: number
  at_s: number
  until_s: number
  actor: string
  via: string
  address: string
  file: string
  sha256: string
  reason: string
}

export interface api__routes__standing__ChangeView {
  at_s: number
  actor: string
  reason: string
  points: Record<string, [string, string]>
}

export interface streams__evidence__certificate__RulePart {
  state: string
  days: number
  since_s: number
}

export interface streams__evidence__manifest__RulePart {
  kind: string
  dwell_s: number
  min_count: number
  schedule: SchedulePart | null
  exempt_zones: ZonePart[]
}

/** What each operation takes and answers, as JSON; `unknown` where it is none. */
export interface Operations {
  "GET /api/accounts": { body: unknown; answer: AccountView[] }
  "POST /api/accounts": { body: NewAccount; answer: NewPassword }
  "PATCH /api/accounts/{username}": { body: AccountChange; answer: AccountView }
  "PUT /api/accounts/{username}/identity": { body: NewIdentity; answer: unknown }
  "POST /api/accounts/{username}/password": { body: unknown; answer: NewPassword }
  "DELETE /api/accounts/{username}/second-factor": { body: unknown; answer: unknown }
  "DELETE /api/accounts/{username}/sessions": { body: unknown; answer: unknown }
  "DELETE /api/accounts/{username}/tokens/{name}": { body: unknown; answer: unknown }
  "POST /api/accounts/{username}/unlock": { body: unknown; answer: unknown }
  "GET /api/audit": { body: unknown; answer: AuditPage }
  "GET /api/audit/export.jsonl": { body: unknown; answer: unknown }
  "GET /api/audit/verify": { body: unknown; answer: AuditVerdictView }
  "GET /api/cameras": { body: unknown; answer: CameraRow[] }
  "POST /api/cameras/import": { body: unknown; answer: CameraView }
  "DELETE /api/cameras/{camera_id}": { body: unknown; answer: unknown }
  "GET /api/cameras/{camera_id}": { body: unknown; answer: CameraView }
  "PUT /api/cameras/{camera_id}": { body: Camera; answer: CameraView }
  "GET /api/cameras/{camera_id}/snapshot.jpg": { body: unknown; answer: unknown }
  "GET /api/cameras/{camera_id}/standing": { body: unknown; answer: StandingView }
  "PUT /api/cameras/{camera_id}/standing": { body: StandingBody; answer: StandingView }
  "POST /api/cameras/{camera_id}/standing/sign-photo": { body: unknown; answer: StandingView }
  "GET /api/cameras/{camera_id}/standing/sign-photo.jpg": { body: unknown; answer: unknown }
  "GET /api/cameras/{camera_id}/toml": { body: unknown; answer: unknown }
  "GET /api/cases": { body: unknown; answer: CasePage }
  "GET /api/cases/{case_id}": { body: unknown; answer: CaseDetail }
  "POST /api/cases/{case_id}/actions": { body: ActionBody; answer: CaseDetail }
  "GET /api/cases/{case_id}/another-looks/{number}/media/{name}": { body: unknown; answer: unknown }
  "POST /api/cases/{case_id}/another-looks/{number}/verify": { body: unknown; answer: EvidenceVerdict }
  "GET /api/cases/{case_id}/copies": { body: unknown; answer: CopiesView }
  "GET /api/cases/{case_id}/custody": { body: unknown; answer: CustodyView }
  "GET /api/cases/{case_id}/custody/certificates": { body: unknown; answer: Certificate[] }
  "POST /api/cases/{case_id}/custody/hold": { body: HoldBody; answer: CustodyView }
  "POST /api/cases/{case_id}/custody/release": { body: HoldBody; answer: CustodyView }
  "PUT /api/cases/{case_id}/duplicate": { body: DuplicateBody; answer: FollowUpView }
  "POST /api/cases/{case_id}/export": { body: ExportBody; answer: unknown }
  "GET /api/cases/{case_id}/follow-up": { body: unknown; answer: FollowUpView }
  "GET /api/cases/{case_id}/looks": { body: unknown; answer: LooksView }
  "POST /api/cases/{case_id}/looks": { body: LookBody; answer: Opened }
  "GET /api/cases/{case_id}/looks/{look_id}/media/{name}": { body: unknown; answer: unknown }
  "GET /api/cases/{case_id}/looks/{look_id}/packet.zip": { body: unknown; answer: unknown }
  "GET /api/cases/{case_id}/media/{name}": { body: unknown; answer: unknown }
  "GET /api/cases/{case_id}/profiles": { body: unknown; answer: ProfileResult[] }
  "GET /api/cases/{case_id}/received": { body: unknown; answer: PhotoView[] }
  "GET /api/cases/{case_id}/received/{sha256}": { body: unknown; answer: unknown }
  "POST /api/cases/{case_id}/reopen": { body: Reopening; answer: CaseDetail }
  "PUT /api/cases/{case_id}/subject": { body: SubjectBody; answer: FollowUpView }
  "POST /api/cases/{case_id}/verdict": { body: VerdictBody; answer: CaseDetail }
  "POST /api/cases/{case_id}/verify": { body: unknown; answer: EvidenceVerdict }
  "GET /api/codes": { body: unknown; answer: TableView[] }
  "GET /api/codes/{scheme}.xlsx": { body: unknown; answer: unknown }
  "POST /api/codes/{scheme}.xlsx": { body: unknown; answer: api__routes__codes__ImportView }
  "GET /api/custody": { body: unknown; answer: api__routes__custody__RegisterView }
  "GET /api/events": { body: unknown; answer: unknown }
  "POST /api/exports/cases": { body: ListBody; answer: unknown }
  "GET /api/feed/cases": { body: unknown; answer: FeedPage }
  "GET /api/kinds": { body: unknown; answer: KindView[] }
  "GET /api/kpis": { body: unknown; answer: KpiView[] }
  "GET /api/kpis/{name}/breakdown": { body: unknown; answer: PartView[] }
  "GET /api/kpis/{name}/cases": { body: unknown; answer: string[] }
  "GET /api/oidc/callback": { body: unknown; answer: unknown }
  "GET /api/oidc/start": { body: unknown; answer: unknown }
  "GET /api/outbound/changes": { body: unknown; answer: api__routes__changes__ChangeView[] }
  "POST /api/outbound/changes/{target}/{change_id}/dismiss": { body: unknown; answer: api__routes__changes__ChangeView }
  "POST /api/outbound/changes/{target}/{change_id}/retry": { body: unknown; answer: api__routes__changes__ChangeView }
  "GET /api/outbound/targets": { body: unknown; answer: TargetView[] }
  "DELETE /api/outbound/targets/{name}": { body: unknown; answer: unknown }
  "GET /api/outbound/targets/{name}": { body: unknown; answer: TargetView }
  "PUT /api/outbound/targets/{name}": { body: TargetBody; answer: NewTargetView }
  "GET /api/outbound/targets/{name}/dead": { body: unknown; answer: DeadLetterView[] }
  "POST /api/outbound/targets/{name}/pause": { body: unknown; answer: TargetView }
  "POST /api/outbound/targets/{name}/replay": { body: ReplayBody; answer: CountView }
  "POST /api/outbound/targets/{name}/resume": { body: unknown; answer: TargetView }
  "POST /api/outbound/targets/{name}/secret": { body: unknown; answer: SecretView }
  "GET /api/permits": { body: unknown; answer: api__follow_up__views__RegisterView }
  "POST /api/permits": { body: PermitTerms; answer: PermitView }
  "POST /api/permits/import": { body: unknown; answer: api__follow_up__views__ImportView }
  "GET /api/permits/suppressed": { body: unknown; answer: SuppressedView }
  "GET /api/permits/template.csv": { body: unknown; answer: unknown }
  "DELETE /api/permits/{permit_id}": { body: unknown; answer: unknown }
  "GET /api/permits/{permit_id}": { body: unknown; answer: PermitLineView[] }
  "PUT /api/permits/{permit_id}": { body: PermitTerms; answer: PermitView }
  "GET /api/reasons": { body: unknown; answer: ReasonView[] }
  "GET /api/roles": { body: unknown; answer: RoleView[] }
  "GET /api/second-factor": { body: unknown; answer: FactorView }
  "POST /api/second-factor": { body: PasswordProof; answer: EnrolmentView }
  "POST /api/second-factor/check": { body: CodeProof; answer: unknown }
  "POST /api/second-factor/confirm": { body: CodeProof; answer: RecoveryView }
  "POST /api/second-factor/recovery-codes": { body: CodeProof; answer: RecoveryView }
  "POST /api/second-factor/remove": { body: RemovalProof; answer: unknown }
  "DELETE /api/session": { body: unknown; answer: unknown }
  "GET /api/session": { body: unknown; answer: UserView }
  "POST /api/session": { body: Credentials; answer: UserView }
  "POST /api/session/password": { body: PasswordChange; answer: unknown }
  "GET /api/sessions": { body: unknown; answer: LoginView[] }
  "DELETE /api/sessions/{session_id}": { body: unknown; answer: unknown }
  "GET /api/sign-in": { body: unknown; answer: SignInWays }
  "GET /api/tokens": { body: unknown; answer: TokenView[] }
  "POST /api/tokens": { body: NewToken; answer: IssuedToken }
  "DELETE /api/tokens/{name}": { body: unknown; answer: unknown }
  "GET /health": { body: unknown; answer: Health }
  "GET /metrics": { body: unknown; answer: unknown }
}

export type Answer<Name extends keyof Operations> = Operations[Name]["answer"]
export type Body<Name extends keyof Operations> = Operations[Name]["body"]
