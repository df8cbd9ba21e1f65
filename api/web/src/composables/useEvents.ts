/** What changes on the server, as it happens (server-sent events), for whoever listens. */
import { onScopeDispose, ref, watch } from "vue"

import type { CameraStatus } from "@/api/camera_types"
import type { Status } from "@/api/types"
import { useSession } from "./useSession"

const RETRY_MS = 5000

export interface News {
  case: { id: string; status: Status; version: number }
  camera: CameraStatus & { id: string }
  /** The line was down: what happened meanwhile may be missing. */
  resumed: null
}

type Listener<K extends keyof News> = (news: News[K]) => void

const listeners = new Map<keyof News, Set<Listener<never>>>()
const isLive = ref(false)
const { user, restore } = useSession()
let source: EventSource | null = null
let wasDown = false

function tell<K extends keyof News>(name: K, news: News[K]): void {
  for (const listen of listeners.get(name) ?? []) (listen as Listener<K>)(news)
}

function open(): void {
  source?.close()
  source = new EventSource("/api/events")
  source.onopen = () => {
    isLive.value = true
    if (wasDown) tell("resumed", null)
    wasDown = false
  }
  source.onerror = () => {
    isLive.value = false
    wasDown = true
    if (source?.readyState === EventSource.CLOSED) setTimeout(comeBack, RETRY_MS)
  }
  for (const name of ["case", "camera"] as const)
    source.addEventListener(name, (event: MessageEvent<string>) => {
      tell(name, JSON.parse(event.data) as never)
    })
}

/** The browser gives up when the answer is an error: perhaps the login has ended. */
async function comeBack(): Promise<void> {
  await restore().catch(() => undefined)
  if (user.value) open()
}

watch(
  () => (user.value?.lacks_factor ? undefined : user.value?.username),
  (username) => {
    source?.close()
    source = null
    isLive.value = false
    wasDown = false
    if (username) open()
  },
  { immediate: true },
)

export function useEvents() {
  /** Listens as long as the component lives. */
  function on<K extends keyof News>(name: K, listen: Listener<K>): void {
    const all = listeners.get(name) ?? new Set()
    listeners.set(name, all.add(listen as Listener<never>))
    onScopeDispose(() => all.delete(listen as Listener<never>))
  }
  return { isLive, on }
}
