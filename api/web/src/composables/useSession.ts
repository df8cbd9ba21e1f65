/** Who is signed in; `undefined` until the server has told. */
import { computed, ref } from "vue"

import { Problem, whenSignedOut } from "@/api/client"
import * as session from "@/api/session"
import type { User } from "@/api/types"

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

async function signIn(username: string, password: string): Promise<void> {
  user.value = await session.signIn(username, password)
  expired.value = false
}

async function signOut(): Promise<void> {
  await session.signOut()
  user.value = null
}

const mayJudge = computed(() => user.value?.duties.includes("reviewer") ?? false)
const mayConfigure = computed(() => user.value?.duties.includes("camera_admin") ?? false)

export function useSession() {
  return { user, expired, mayJudge, mayConfigure, restore, signIn, signOut }
}
