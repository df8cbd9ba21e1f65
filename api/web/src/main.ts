import { createApp } from "vue"

import App from "./App.vue"
import { router } from "./router"
import "./styles/element"
import "./styles/tokens.css"
import "./styles/base.css"
import "./styles/controls.css"
import "./styles/panels.css"

createApp(App).use(router).mount("#app")
