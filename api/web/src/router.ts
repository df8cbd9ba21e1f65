import { createRouter, createWebHistory } from "vue-router"

/** The pages; the case and the camera that are looked at are in the address. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", redirect: { name: "review" } },
    { path: "/review/:id?", name: "review", component: () => import("./pages/ReviewPage.vue") },
    { path: "/cameras", name: "cameras", component: () => import("./pages/CamerasPage.vue") },
    {
      path: "/cameras/:id",
      name: "camera",
      component: () => import("./pages/CameraPage.vue"),
      props: true,
    },
    { path: "/:other(.*)*", redirect: { name: "review" } },
  ],
})
