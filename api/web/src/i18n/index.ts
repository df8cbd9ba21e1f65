/** Which language the desk speaks, and what it says. */
import { ref, watchEffect } from "vue"

import type { Title } from "@/api/types"
import { en } from "./en"
import { enAccount } from "./en_account"
import { enCameras } from "./en_cameras"
import { enCustody } from "./en_custody"
import { enOutbound } from "./en_outbound"
import { enFigures } from "./en_figures"
import { enFollowUp } from "./en_follow_up"
import { enReview } from "./en_review"
import { enWork } from "./en_work"
import { zh } from "./zh"
import { zhAccount } from "./zh_account"
import { zhCameras } from "./zh_cameras"
import { zhCustody } from "./zh_custody"
import { zhOutbound } from "./zh_outbound"
import { zhFigures } from "./zh_figures"
import { zhFollowUp } from "./zh_follow_up"
import { zhReview } from "./zh_review"
import { zhWork } from "./zh_work"

export type Language = "zh" | "en"
export type Key =
  | keyof typeof zh
  | keyof typeof zhAccount
  | keyof typeof zhReview
  | keyof typeof zhOutbound
  | keyof typeof zhCameras
  | keyof typeof zhCustody
  | keyof typeof zhWork
  | keyof typeof zhFollowUp
  | keyof typeof zhFigures

const WORDS: Record<Language, Record<Key, string>> = {
  zh: { ...zh, ...zhAccount, ...zhReview, ...zhOutbound, ...zhCameras, ...zhCustody, ...zhWork, ...zhFollowUp, ...zhFigures },
  en: { ...en, ...enAccount, ...enReview, ...enOutbound, ...enCameras, ...enCustody, ...enWork, ...enFollowUp, ...enFigures },
}
const STORED = "skyeye.language"

export const language = ref<Language>(localStorage.getItem(STORED) === "en" ? "en" : "zh")

watchEffect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en"
})

export function toggleLanguage(): void {
  language.value = language.value === "zh" ? "en" : "zh"
  localStorage.setItem(STORED, language.value)
}

/** The words for `key`, with each `{name}` replaced. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const words = WORDS[language.value][key]
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** The words for a key that data names, or the bare `fallback` if there are none. */
export function tr(key: string, fallback: string): string {
  return key in WORDS.zh ? t(key as Key) : fallback
}

export function titleOf(title: Title): string {
  return title[language.value]
}
