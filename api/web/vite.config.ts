import { fileURLToPath } from "node:url"

import vue from "@vitejs/plugin-vue"
import { defineConfig } from "vite"

// The desk talks to the server it came from; `npm run dev` borrows one (see SKYEYE_URL).
const server = process.env["SKYEYE_URL"] ?? "http://127.0.0.1:8000"

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content policy allows no inline scripts
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": server } },
})
