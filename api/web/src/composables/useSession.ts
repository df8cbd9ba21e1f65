/** Who is signed in; `undefined` until the server has told. */
import { computed, ref } from "vue"

import { Problem, whenSignedOut } from "@/api/client"
import * as session from "@/api/session"
import type { User } from "@/api/types"

/** Kinds of pages that are not open to everybody. */
export type Kind = "cases" | "cameras" | "accounts" | "audit" | "outbound"

const user = ref<User | null | undefined>(undefined)
const expired = ref(false)

whenSignedOut(() => {
  expired.value = Boolean(user.value)
  user.value = null
})

async function restore(): Promise<void> {
  try {
    user.value = await session.whoAmI()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.status === 401 || user.value === undefined) user.value = null
  }
}

async function signIn(username: string, password: string, code?: string): Promise<void> {
  user.value = await session.signIn(username, password, code)
  expired.value = false
}

async function signOut(): Promise<void> {
  await session.signOut()
  user.value = null
}

/** Whether the page of that kind is open to whoever is signed in. */
function mayOpen(kind: Kind): boolean {
  const who = user.value
  if (!who) return false
  const open: Record<Kind, boolean> = {
    cases: who.sees_cases,
    cameras: who.sees_cameras,
    accounts: who.duties.includes("security_admin"),
    audit: who.duties.includes("auditor"),
    outbound: who.duties.includes("system_admin"),
  }
  return open[kind]
}

const changingPassword = ref(false)
const mayJudge = computed(() => user.value?.duties.includes("reviewer") ?? false)
const CASEWORK = ["reviewer", "dispatcher", "handler", "checker", "legal", "admin"]
/** Whether they may see originals, with a reason. */
const mayLook = computed(() => user.value?.duties.some((duty) => CASEWORK.includes(duty)) ?? false)
const mayConfigure = computed(() => user.value?.duties.includes("camera_admin") ?? false)

export function useSession() {
  return {
    user,
    expired,
    changingPassword,
    mayJudge,
    mayLook,
    mayConfigure,
    mayOpen,
    restore,
    signIn,
    signOut,
  }
}
