import { createRouter, createWebHistory } from "vue-router"

import type { Kind } from "./composables/useSession"

declare module "vue-router" {
  interface RouteMeta {
    /** Who may open the page: see useSession. */
    kind?: Kind
  }
}

/** The pages; the case and the camera that are looked at are in the address. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", redirect: { name: "review" } },
    { path: "/review/:id?", name: "review", meta: { kind: "cases" }, component: () => import("./pages/ReviewPage.vue") },
    { path: "/cameras", name: "cameras", meta: { kind: "cameras" }, component: () => import("./pages/CamerasPage.vue") },
    {
      path: "/cameras/:id",
      name: "camera",
      meta: { kind: "cameras" },
      component: () => import("./pages/CameraPage.vue"),
      props: true,
    },
    { path: "/account", name: "account", component: () => import("./pages/AccountPage.vue") },
    {
      path: "/accounts",
      name: "accounts",
      meta: { kind: "accounts" },
      component: () => import("./pages/AccountsPage.vue"),
    },
    {
      path: "/audit",
      name: "audit",
      meta: { kind: "audit" },
      component: () => import("./pages/AuditPage.vue"),
    },
    {
      path: "/outbound",
      name: "outbound",
      meta: { kind: "outbound" },
      component: () => import("./pages/OutboundPage.vue"),
    },
    { path: "/figures", name: "figures", meta: { kind: "cases" }, component: () => import("./pages/FiguresPage.vue") },
    { path: "/permits", name: "permits", meta: { kind: "cases" }, component: () => import("./pages/PermitsPage.vue") },
    {
      path: "/changes",
      name: "changes",
      meta: { kind: "cases" },
      component: () => import("./pages/ChangesPage.vue"),
    },
    { path: "/:other(.*)*", redirect: { name: "review" } },
  ],
})
