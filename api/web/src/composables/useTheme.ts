/** Light or dark: what the officer chose, else what the system prefers. */
import { ref, watchEffect } from "vue"

const STORED = "skyeye.theme"
const preferred = matchMedia("(prefers-color-scheme: dark)")

const chosen = localStorage.getItem(STORED)
const isDark = ref(chosen ? chosen === "dark" : preferred.matches)

preferred.addEventListener("change", (event) => {
  if (!localStorage.getItem(STORED)) isDark.value = event.matches
})

watchEffect(() => document.documentElement.classList.toggle("dark", isDark.value))

function toggleTheme(): void {
  isDark.value = !isDark.value
  localStorage.setItem(STORED, isDark.value ? "dark" : "light")
}

export function useTheme() {
  return { isDark, toggleTheme }
}
